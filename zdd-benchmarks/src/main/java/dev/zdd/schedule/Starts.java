package dev.zdd.schedule;

import java.util.concurrent.TimeUnit;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** When checks have started: from one start to the next, and how late each was. */
final class Starts {
  private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(10);
  private static final int DIGITS = 3;
  private static final int WIDEST_BAR = 50;

  private final Histogram intervals = new ConcurrentHistogram(HIGHEST_MICROS, DIGITS);
  private final Histogram lateness = new ConcurrentHistogram(HIGHEST_MICROS, DIGITS);

  void interval(long nanos) {
    record(intervals, nanos);
  }

  void lateness(long nanos) {
    record(lateness, nanos);
  }

  /** From any thread; a run in between may be lost or stay. */
  void reset() {
    intervals.reset();
    lateness.reset();
  }

  long count() {
    return intervals.getTotalCount();
  }

  void print(int seconds) {
    System.out.printf(
        "%n%,d runs in %d s. From the start of one to the start of the next, seconds:%n",
        count(), seconds);
    for (int tenths = 38; tenths < 62; tenths++) {
      bar(
          intervals,
          String.format("%.1f - %.1f", tenths / 10.0, (tenths + 1) / 10.0),
          tenths * 100_000L,
          (tenths + 1) * 100_000L);
    }
    summary(intervals, 1e6, "s");
    System.out.printf("%nLater than due, milliseconds:%n");
    long from = 0;
    for (long to : new long[] {50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000}) {
      bar(lateness, String.format("%.2f - %.2f", from / 1e3, to / 1e3), from, to);
      from = to;
    }
    bar(lateness, String.format("%.2f or more", from / 1e3), from, HIGHEST_MICROS);
    summary(lateness, 1e3, "ms");
  }

  private static void record(Histogram into, long nanos) {
    into.recordValue(Math.min(HIGHEST_MICROS, Math.max(0, TimeUnit.NANOSECONDS.toMicros(nanos))));
  }

  private static void bar(Histogram of, String range, long from, long to) {
    long count = of.getCountBetweenValues(from, to - 1);
    long all = Math.max(1, of.getTotalCount());
    // The widest that is of use: a uniform draw puts a twentieth into each bar.
    int width = (int) Math.min(WIDEST_BAR, Math.round(count * 500.0 / all));
    System.out.printf("  %15s %7d %s%n", range, count, "#".repeat(width));
  }

  private static void summary(Histogram of, double unit, String name) {
    System.out.printf(
        "  least %.3f, median %.3f, 99 %% %.3f, 99.9 %% %.3f, most %.3f %s%n",
        of.getMinValue() / unit,
        of.getValueAtPercentile(50) / unit,
        of.getValueAtPercentile(99) / unit,
        of.getValueAtPercentile(99.9) / unit,
        of.getMaxValue() / unit,
        name);
  }
}
