package dev.zdd.examples.demo;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * For a terminal: events scroll by, and below them a block with a line per instance is redrawn in
 * place. Plain ANSI; lines that are too long are cut by the terminal, not wrapped.
 */
final class LiveDisplay implements Display {
  private static final String CSI = "\u001b[";
  private static final String NO_WRAP = CSI + "?7l";
  private static final String WRAP = CSI + "?7h";
  private static final String HIDE_CURSOR = CSI + "?25l";
  private static final String SHOW_CURSOR = CSI + "?25h";
  private static final String CLEAR_BELOW = CSI + "J";
  private static final String RESET = CSI + "0m";

  private final PrintStream out;
  private final Timeline timeline;
  private List<String> block = Collections.emptyList();
  private double lastAt;
  private long lastAnswered;
  private double rate;
  private boolean closed;

  LiveDisplay(PrintStream out, Timeline timeline) {
    this.out = out;
    this.timeline = timeline;
    out.print(NO_WRAP + HIDE_CURSOR);
  }

  @Override
  public synchronized void event(String what) {
    erase();
    out.printf("%s%7.2f s%s  %s%n", CSI + "2m", timeline.now(), RESET, what);
    draw();
  }

  @Override
  public synchronized void refresh(List<Instance> instances, Tally tally) {
    if (closed) {
      return;
    }
    measureRate(tally);
    List<String> lines = new ArrayList<>();
    lines.add("");
    for (Instance instance : instances) {
      lines.add(
          String.format(
              "  %-8s :%d  %-4s %s%-9s%s %,8d served  %s%s%s",
              instance.name(),
              instance.port(),
              instance.version(),
              colour(instance.state()),
              Words.of(instance.state()),
              RESET,
              tally.servedBy(String.valueOf(instance.port()), instance.version()),
              CSI + "2m",
              instance.state() == Timeline.State.READY ? "" : instance.lastWords(),
              RESET));
    }
    String failures = tally.failed() == 0 ? CSI + "32m" : CSI + "1;31m";
    lines.add("");
    lines.add(
        String.format(
            "  %6.1f s   %,d sent   %.0f/s answered   %s%s%s",
            timeline.now(), tally.sentSoFar(), rate, failures, Words.failures(tally), RESET));
    erase();
    block = lines;
    draw();
  }

  private void measureRate(Tally tally) {
    double now = timeline.now();
    if (now - lastAt >= 1) {
      long answered = tally.answered();
      rate = (answered - lastAnswered) / (now - lastAt);
      lastAt = now;
      lastAnswered = answered;
    }
  }

  private static String colour(Timeline.State state) {
    return CSI
        + switch (state) {
          case STARTING -> "36m";
          case READY -> "32m";
          case DRAINING -> "33m";
          case STOPPED -> "2m";
        };
  }

  private void erase() {
    if (!block.isEmpty()) {
      out.print(CSI + block.size() + "A\r" + CLEAR_BELOW);
    }
  }

  private void draw() {
    block.forEach(out::println);
    out.flush();
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      out.print(WRAP + SHOW_CURSOR);
      out.flush();
    }
  }
}
