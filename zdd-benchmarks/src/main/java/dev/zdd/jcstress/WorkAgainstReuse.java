package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.InFlight;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A report of what is in flight is made while one request gives its slot to the next. All are begun
 * on one thread, so that they get the same slot.
 */
@JCStressTest
@Outcome(id = "nothing", expect = ACCEPTABLE, desc = "before, between or after them")
@Outcome(id = "GET /one 1", expect = ACCEPTABLE, desc = "one kind")
@Outcome(id = "POST /two 2", expect = ACCEPTABLE, desc = "the other kind")
@Outcome(expect = FORBIDDEN, desc = "torn: parts of one with parts of the other")
@State
public class WorkAgainstReuse {
  // To the reporter it is always 0, and a request begins 1 ns or 2 ns before, by its kind: the age
  // in the report tells whose beginning it is.
  private Thread reporter;
  private long since;
  private final InFlight inFlight =
      new InFlight(() -> Thread.currentThread() == reporter ? 0 : since);

  /** The requests, many times over: a report is torn only if a whole change falls into it. */
  @Actor
  public void requests() {
    for (int i = 0; i < 50; i++) {
      since = -1;
      inFlight.end(inFlight.begin("GET", "/one"));
      since = -2;
      inFlight.end(inFlight.begin("POST", "/two"));
    }
  }

  /** The report. */
  @Actor
  public void report(L_Result r) {
    reporter = Thread.currentThread();
    r.r1 = "nothing";
    for (int i = 0; i < 50 && isExpected(r.r1); i++) {
      for (InFlight.Work work : inFlight.work()) {
        r.r1 = work.method() + " " + work.target() + " " + work.age().toNanos();
      }
    }
  }

  private static boolean isExpected(Object description) {
    return description.equals("nothing")
        || description.equals("GET /one 1")
        || description.equals("POST /two 2");
  }
}
