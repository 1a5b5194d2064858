package dev.zdd.core.page;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Times as a person reads them. */
final class Times {
  private Times() {}

  /** "12 ms", "1.3 s", "42 s", "3 min 20 s", "5 h 12 min", "3 d 4 h". */
  static String words(Duration length) {
    long millis = Math.max(0, length.toMillis());
    if (millis < 1000) {
      return millis + " ms";
    }
    long seconds = millis / 1000;
    if (seconds < 10) {
      return String.format(Locale.ROOT, "%d.%d s", seconds, millis % 1000 / 100);
    }
    if (seconds < 60) {
      return seconds + " s";
    }
    long minutes = seconds / 60;
    if (minutes < 60) {
      return two(minutes, "min", minutes < 10 ? seconds % 60 : 0, "s");
    }
    long hours = minutes / 60;
    return hours < 48
        ? two(hours, "h", minutes % 60, "min")
        : two(hours / 24, "d", hours % 24, "h");
  }

  private static String two(long great, String unit, long small, String smallUnit) {
    return great + " " + unit + (small == 0 ? "" : " " + small + " " + smallUnit);
  }

  /** "3 min ago", with one unit only: this is read at a glance. */
  static String ago(Instant at, Instant now) {
    long seconds = Duration.between(at, now).toSeconds();
    if (seconds < 2) {
      return "just now"; // Also if the clock was set back.
    }
    if (seconds < 60) {
      return seconds + " s ago";
    }
    if (seconds < 3600) {
      return seconds / 60 + " min ago";
    }
    return seconds < 48 * 3600 ? seconds / 3600 + " h ago" : seconds / 86_400 + " d ago";
  }

  /** "2026-11-27T22:40:41Z": to the second. */
  static String utc(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
