package dev.zdd.examples.demo;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/** The end of the demo, as text. */
final class SummaryTable {
  private static final int SHOWN_FAILURES = 10;

  private SummaryTable() {}

  static String of(Outcome outcome) {
    Tally tally = outcome.tally();
    StringBuilder text = new StringBuilder("\n");
    outcome.settings().forEach((label, value) -> row(text, label, value));
    row(text, "requests", String.format(Locale.ROOT, "%,d", tally.sentSoFar()));
    row(text, "failed", String.format(Locale.ROOT, "%,d", tally.failed()));
    tally.failedByKind().forEach((kind, n) -> row(text, "  " + kind, String.valueOf(n)));
    row(text, "exactly once", outcome.exactlyOnce().inWords());
    row(text, "latest start", Words.millis(tally.latestStartMicros()) + " after its time");
    if (tally.refusalsPassedOn() > 0) {
      row(text, "refused, passed on", String.valueOf(tally.refusalsPassedOn()));
    }
    kinds(text, tally);
    text.append("\n  instance   version   SIGTERM -> exit   exit code\n");
    for (Timeline.Exit exit : outcome.exits()) {
      text.append(
          String.format(
              Locale.ROOT,
              "  %-10s %-9s %13.2f s   %9d%n",
              exit.instance(),
              exit.version(),
              exit.seconds(),
              exit.code()));
    }
    tally.lost().stream()
        .limit(SHOWN_FAILURES)
        .forEach(lost ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "%n  lost: %s at %.3f s, after %.3f s: %s: %s",
                    lost.request(),
                    lost.start(),
                    lost.end() - lost.start(),
                    lost.failure().kind(),
                    lost.failure().detail())));
    if (!tally.lost().isEmpty()) {
      text.append('\n');
    }
    return text.toString();
  }

  private static void kinds(StringBuilder text, Tally tally) {
    text.append("\n  kind              sent   failed        p50        p99        max\n");
    for (Kind kind : Kind.values()) {
      Tally.OfKind its = tally.of(kind);
      if (its.sent.sum() > 0) {
        Histogram micros = its.micros.copy();
        text.append(
            String.format(
                Locale.ROOT,
                "  %-10s %,11d %,8d %10s %10s %10s%n",
                kind.label(),
                its.sent.sum(),
                its.failed.sum(),
                Words.millis(micros.getValueAtPercentile(50)),
                Words.millis(micros.getValueAtPercentile(99)),
                Words.millis(micros.getMaxValue())));
      }
    }
    if (tally.reconnects() > 0) {
      text.append("  ").append(Words.reconnects(tally)).append('\n');
    }
  }

  private static void row(StringBuilder text, String label, String value) {
    text.append(String.format("  %-22s %s%n", label, value));
  }
}
