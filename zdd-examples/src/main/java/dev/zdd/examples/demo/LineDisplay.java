package dev.zdd.examples.demo;

import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** For a log file or CI: one line for each event, and a compact one every two seconds. */
final class LineDisplay implements Display {
  private static final double EVERY_SECONDS = 2;

  private final PrintStream out;
  private final Timeline timeline;
  private double lastAt = Double.NEGATIVE_INFINITY;
  private long lastAnswered;

  LineDisplay(PrintStream out, Timeline timeline) {
    this.out = out;
    this.timeline = timeline;
  }

  @Override
  public synchronized void event(String what) {
    line(timeline.now(), what);
  }

  @Override
  public synchronized void refresh(List<Instance> instances, Tally tally) {
    double now = timeline.now();
    if (now - lastAt < EVERY_SECONDS) {
      return;
    }
    long answered = tally.answered();
    double rate = (answered - lastAnswered) / Math.min(now, now - lastAt);
    lastAt = now;
    lastAnswered = answered;
    String fleet =
        instances.stream()
            .map(i -> i.name() + " " + i.version() + " " + Words.of(i.state()))
            .collect(Collectors.joining(", "));
    line(
        now,
        String.format(
            "%,d sent, %.0f/s, %s  [%s]", tally.sentSoFar(), rate, Words.failures(tally), fleet));
  }

  private void line(double at, String what) {
    out.printf("%7.2f s  %s%n", at, what);
    out.flush();
  }

  @Override
  public void close() {}
}
