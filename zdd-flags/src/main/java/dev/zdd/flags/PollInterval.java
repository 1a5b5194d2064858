package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The bounds of how often a source looks for a change. */
final class PollInterval {
  private static final Duration MIN = Duration.ofMillis(50);
  private static final Duration MAX = Duration.ofHours(1);

  private PollInterval() {}

  static Duration require(Duration interval) {
    requireNonNull(interval, "pollInterval");
    if (interval.compareTo(MIN) < 0 || interval.compareTo(MAX) > 0) {
      throw new IllegalArgumentException(
          "pollInterval: " + interval + " (expected: " + MIN + " to " + MAX + ")");
    }
    return interval;
  }
}
