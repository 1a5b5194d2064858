package dev.zdd.shutdown;

import java.time.Duration;
import java.util.Locale;

/** Durations as a person reads them in a log: "1.3 s". */
final class Seconds {
  private Seconds() {}

  static String of(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toNanos() / 1e9);
  }
}
