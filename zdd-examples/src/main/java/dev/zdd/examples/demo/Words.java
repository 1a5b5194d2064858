package dev.zdd.examples.demo;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The same words for the same things on the terminal, in the log and in the report. */
final class Words {
  private Words() {}

  static String of(Timeline.State state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /** "0 failed", or "3 failed (2 status 502, 1 timeout)". */
  static String failures(Tally tally) {
    Map<String, Long> kinds = tally.failedByKind();
    String total = String.format("%,d failed", tally.failed());
    if (kinds.isEmpty()) {
      return total;
    }
    return total
        + kinds.entrySet().stream()
            .map(e -> e.getValue() + " " + e.getKey())
            .collect(Collectors.joining(", ", " (", ")"));
  }

  static String reconnects(Tally tally) {
    return String.format(
        Locale.ROOT,
        "WebSockets closed with 1001 and opened again: %,d; messages that had crossed it: %,d",
        tally.reconnects(),
        tally.messagesSentAgain());
  }

  static String millis(long micros) {
    return String.format(Locale.ROOT, micros < 10_000 ? "%.1f ms" : "%,.0f ms", micros / 1000.0);
  }
}
