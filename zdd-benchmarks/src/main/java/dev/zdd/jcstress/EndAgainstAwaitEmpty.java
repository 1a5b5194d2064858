package dev.zdd.jcstress;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.zdd.core.InFlight;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * The last work ends as the drainer begins to wait for it. A wake-up that is lost leaves the
 * drainer asleep until its timeout, which is longer than any scheduling delay.
 */
@JCStressTest
@Outcome(id = "woken", expect = ACCEPTABLE, desc = "it was over before the wait, or woke it")
@Outcome(id = "overslept", expect = FORBIDDEN, desc = "the wake-up was lost")
@Outcome(id = "timed out", expect = FORBIDDEN, desc = "the end was not seen")
@State
public class EndAgainstAwaitEmpty {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  private final InFlight inFlight = new InFlight(() -> 0);
  private final long ticket = inFlight.begin("GET", "/");

  /** The drainer. */
  @Actor
  public void drainer(L_Result r) {
    long start = System.nanoTime();
    try {
      boolean empty = inFlight.awaitEmpty(TIMEOUT);
      boolean inTime = System.nanoTime() - start < TIMEOUT.toNanos();
      r.r1 = !empty ? "timed out" : inTime ? "woken" : "overslept";
    } catch (InterruptedException e) {
      r.r1 = "interrupted";
    }
  }

  /** The request. */
  @Actor
  public void request() {
    inFlight.end(ticket);
  }
}
