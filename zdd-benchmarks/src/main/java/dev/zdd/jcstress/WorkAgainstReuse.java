package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.InFlight;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A report of what is in flight is made while one request gives its slot to the next. Both are
 * begun on one thread, so that they get the same slot.
 */
@JCStressTest
@Outcome(id = "nothing", expect = ACCEPTABLE, desc = "before, between or after the two")
@Outcome(id = "GET /one 1", expect = ACCEPTABLE, desc = "the first")
@Outcome(id = "POST /two 2", expect = ACCEPTABLE, desc = "the second")
@Outcome(expect = FORBIDDEN, desc = "torn: parts of one with parts of the other")
@State
public class WorkAgainstReuse {
  // To the reporter it is always 0, and the requests begin 1 ns and 2 ns before: the age in the
  // report tells whose beginning it is.
  private Thread reporter;
  private long since;
  private final InFlight inFlight =
      new InFlight(() -> Thread.currentThread() == reporter ? 0 : since);

  /** The two requests. */
  @Actor
  public void requests() {
    since = -1;
    inFlight.end(inFlight.begin("GET", "/one"));
    since = -2;
    inFlight.end(inFlight.begin("POST", "/two"));
  }

  /** The report. */
  @Actor
  public void report(L_Result r) {
    reporter = Thread.currentThread();
    List<InFlight.Work> all = inFlight.work();
    if (all.isEmpty()) {
      r.r1 = "nothing";
    } else {
      InFlight.Work work = all.get(0);
      r.r1 = work.method() + " " + work.target() + " " + work.age().toNanos();
    }
  }
}
