package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.InFlight;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * An asynchronous request is ended by its completion and by its timeout at once, while another is
 * in flight.
 */
@JCStressTest
@Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "the completion ended it")
@Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the timeout ended it")
@Outcome(id = "true, true, .*", expect = FORBIDDEN, desc = "ended twice: the other is lost")
@Outcome(id = "false, false, .*", expect = FORBIDDEN, desc = "ended by nobody: drains for ever")
@Outcome(expect = FORBIDDEN, desc = "the count is wrong")
@State
public class EndTwice {
  private final InFlight inFlight = new InFlight(() -> 0);
  private final long ticket = inFlight.begin("GET", "/async");

  /** With another request that stays. */
  public EndTwice() {
    inFlight.begin("GET", "/other");
  }

  /** The completion. */
  @Actor
  public void completion(ZZI_Result r) {
    r.r1 = inFlight.end(ticket);
  }

  /** The timeout. */
  @Actor
  public void timeout(ZZI_Result r) {
    r.r2 = inFlight.end(ticket);
  }

  /** What is left. */
  @Arbiter
  public void left(ZZI_Result r) {
    r.r3 = inFlight.count();
  }
}
