package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/**
 * The drain: many threads use a resource under tickets, one closes the gate as soon as nobody is
 * inside, then the resource. The resource itself is the witness: it knows neither gate nor count.
 */
class InFlightStressTest {
  private static final int WORKERS = 4;
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(3);
  private static final int ROUNDS_AT_LEAST = 10;

  /** Fields without any synchronisation: what makes them right is the gate alone. */
  private static final class Resource {
    final long[] uses = new long[WORKERS * 16]; // far apart, so that workers do not slow each other
    boolean closed;

    long uses() {
      long sum = 0;
      for (int worker = 0; worker < WORKERS; worker++) {
        sum += uses[worker * 16];
      }
      return sum;
    }
  }

  @Test
  void noWorkIsAdmittedOrStillRunningOnceTryCloseHasSucceeded() {
    long start = System.nanoTime();
    long uses = 0;
    int rounds = 0;
    while (rounds < ROUNDS_AT_LEAST || System.nanoTime() - start < LONG_ENOUGH.toNanos()) {
      uses += drainOnce(rounds % 2 == 0);
      rounds++;
    }
    assertThat(uses).as("uses in %d rounds", rounds).isGreaterThan(rounds);
  }

  private static long drainOnce(boolean oneIsHeld) {
    InFlight inFlight = new InFlight(Ticker.system());
    Resource resource = new Resource();
    AtomicBoolean workedAfterClose = new AtomicBoolean();
    AtomicBoolean refusedWhileOpen = new AtomicBoolean();
    long held = oneIsHeld ? inFlight.begin("job", "held") : InFlight.REFUSED;

    Race.among(
        WORKERS + 1,
        number -> {
          if (number == WORKERS) {
            inFlight.end(held);
            drain(inFlight, resource);
          } else if (!workUntilRefused(inFlight, resource, number)) {
            workedAfterClose.set(true);
          } else if (!inFlight.isClosed()) {
            // tryClose() has moved the gate to closing | begin() finds it so | tryClose() finds the
            // slot taken and opens the gate again: the work was to be let in.
            refusedWhileOpen.set(true);
          }
        });

    assertThat(refusedWhileOpen).as("work was refused before the close").isFalse();
    assertThat(workedAfterClose).as("work saw the resource closed").isFalse();
    assertThat(inFlight.count()).isZero();
    assertThat(inFlight.begun() - (oneIsHeld ? 1 : 0)).isEqualTo(resource.uses());
    assertThat(inFlight.refused()).isEqualTo(WORKERS + 1);
    return resource.uses();
  }

  private static void drain(InFlight inFlight, Resource resource) {
    while (!inFlight.tryClose()) {
      Thread.onSpinWait();
    }
    long usesAtClose = resource.uses();
    resource.closed = true;
    assertThat(inFlight.begin("GET", "/late")).isEqualTo(InFlight.REFUSED);
    for (int look = 0; look < 100; look++) {
      Thread.yield();
      assertThat(resource.uses()).as("uses after the close").isEqualTo(usesAtClose);
    }
  }

  /** Whether all of it ran with the resource open. */
  private static boolean workUntilRefused(InFlight inFlight, Resource resource, int worker) {
    while (true) {
      long ticket = inFlight.begin("GET", "/");
      if (ticket == InFlight.REFUSED) {
        return true;
      }
      boolean open = !resource.closed;
      resource.uses[worker * 16]++;
      open &= !resource.closed;
      inFlight.end(ticket);
      if (!open) {
        return false;
      }
      // Longer outside than inside, or the drainer finds hardly a moment with nobody there.
      for (int pause = 0; pause < 200; pause++) {
        Thread.onSpinWait();
      }
    }
  }
}
