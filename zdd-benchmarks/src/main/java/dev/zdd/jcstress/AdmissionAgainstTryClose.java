package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.InFlight;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A request uses the database under a ticket; the drainer closes the database once {@code tryClose}
 * has said that nobody is inside. Two plain fields are the witness: each side looks whether the
 * other one is there.
 */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "closed first, the request was refused")
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "the request was inside, the gate stayed open")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "the request had ended, then it was closed")
@Outcome(id = "0, 0", expect = FORBIDDEN, desc = "refused by a gate that nobody closed")
@Outcome(id = "2, .*", expect = FORBIDDEN, desc = "admitted, and found the database closed")
@Outcome(id = ".*, 2", expect = FORBIDDEN, desc = "closed while a request was inside")
@State
public class AdmissionAgainstTryClose {
  private final InFlight inFlight = new InFlight(() -> 0);
  private boolean inUse;
  private boolean closed;

  /** The request. */
  @Actor
  public void request(II_Result r) {
    long ticket = inFlight.begin("GET", "/");
    if (ticket != InFlight.REFUSED) {
      inUse = true;
      r.r1 = closed ? 2 : 1;
      inUse = false;
      inFlight.end(ticket);
    }
  }

  /** The drainer. */
  @Actor
  public void drainer(II_Result r) {
    if (inFlight.tryClose()) {
      r.r2 = inUse ? 2 : 1;
      closed = true;
    }
  }
}
