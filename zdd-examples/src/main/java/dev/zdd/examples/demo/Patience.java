package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for things of other processes, never for ever. */
final class Patience {
  private static final long POLL_MILLIS = 50;

  private Patience() {}

  /**
   * Returns once {@code condition} holds.
   *
   * @param what completes "waited 30 s for …"
   * @param evidence what to show the user if it never does
   */
  static void until(
      String what, Duration limit, BooleanSupplier condition, Supplier<String> evidence)
      throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw new Refusal(
            "waited " + limit.toSeconds() + " s for " + what + " in vain\n" + evidence.get());
      }
      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }
  }
}
