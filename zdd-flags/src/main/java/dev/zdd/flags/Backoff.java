package dev.zdd.flags;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How long a source waits before it asks again: its interval ± 20 %; behind failures twice as long
 * for each in a row, up to a minute or to the interval if that is longer; and never less than the
 * server asked for. Not thread-safe.
 */
final class Backoff {
  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final double JITTER = 0.2;

  private final Duration interval;
  private Duration pause;
  private Duration atLeast = Duration.ZERO;

  Backoff(Duration interval) {
    this.interval = interval;
    this.pause = interval;
  }

  void succeeded() {
    pause = interval;
    atLeast = Duration.ZERO;
  }

  /** A failure; {@code atLeast} is what the server asked for, if it did. */
  void failed(@Nullable Duration atLeast) {
    Duration longest = interval.compareTo(LONGEST) > 0 ? interval : LONGEST;
    Duration twice = pause.multipliedBy(2);
    this.pause = twice.compareTo(longest) > 0 ? longest : twice;
    this.atLeast = atLeast == null ? Duration.ZERO : atLeast;
  }

  long pauseNanos() {
    return pauseNanos(ThreadLocalRandom.current().nextDouble());
  }

  /** For a number from 0 to 1. */
  long pauseNanos(double random) {
    double jittered = pause.toNanos() * (1 - JITTER + 2 * JITTER * random);
    // Upwards only: nobody comes early, and not all come at once.
    double asked = atLeast.toNanos() * (1 + JITTER * random);
    return (long) Math.max(jittered, asked);
  }
}
