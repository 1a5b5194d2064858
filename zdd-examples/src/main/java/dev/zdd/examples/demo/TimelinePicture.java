package dev.zdd.examples.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The demo as one picture, an inline SVG: the instances as bars, below them requests, failures and
 * latency, all over the same seconds. Colours come from the page's style sheet.
 */
final class TimelinePicture {
  private static final int WIDTH = 1000;
  private static final int LEFT = 86;
  private static final int RIGHT = WIDTH - 16;
  private static final int TOP = 30;
  private static final int BAR = 26;
  private static final int BAR_STEP = 44;
  private static final int TRACK = 84;
  private static final int LOW_TRACK = 44;
  private static final int GAP = 40;
  private static final int VERSIONS = 4;
  // A label inside its bar only if it fits.
  private static final int LABEL_WIDTH = 30;
  private static final double SHORTEST_SHARE = 0.25;

  private final Outcome outcome;
  private final Axis time;
  private final StringBuilder svg = new StringBuilder();
  private int y = TOP;

  private TimelinePicture(Outcome outcome) {
    this.outcome = outcome;
    double from =
        outcome.spans().stream().mapToDouble(Timeline.Span::from).min().orElse(outcome.loadFrom());
    double to = outcome.spans().stream().mapToDouble(Timeline.Span::to).max().orElse(from);
    this.time = new Axis(from, Math.max(from + 1, Math.max(to, outcome.loadTo())), LEFT, RIGHT);
  }

  static String of(Outcome outcome) {
    return new TimelinePicture(outcome).draw();
  }

  private String draw() {
    instances();
    y += GAP;
    requests();
    y += GAP;
    failures();
    y += GAP;
    latency();
    String body = grid(y) + svg + timeAxis(y);
    int height = y + 46;
    return String.format(
        Locale.ROOT,
        """
        <svg viewBox="0 0 %d %d" role="img" aria-label="Timeline of the rolling deployment">
        <defs><pattern id="stripes" width="8" height="8" patternUnits="userSpaceOnUse" \
        patternTransform="rotate(45)"><rect width="4" height="8" class="stripe"/></pattern></defs>
        %s</svg>
        """,
        WIDTH,
        height,
        body);
  }

  private String grid(int bottom) {
    return time.ticks(12).stream()
        .map(t -> line(time.at(t), TOP - 8, time.at(t), bottom, "grid"))
        .collect(Collectors.joining());
  }

  private String timeAxis(int bottom) {
    return line(LEFT, bottom, RIGHT, bottom, "axis")
        + time.ticks(12).stream()
            .map(t -> text(time.at(t), bottom + 18, "tick middle", number(t)))
            .collect(Collectors.joining())
        + text((LEFT + RIGHT) / 2.0, bottom + 38, "label middle", "seconds");
  }

  private void instances() {
    for (String instance : outcome.instances()) {
      svg.append(text(LEFT - 10, y + BAR / 2.0 + 4, "label end", instance));
      for (Timeline.Span span : outcome.spans()) {
        if (span.instance().equals(instance)) {
          bar(span);
        }
      }
      for (Timeline.Exit exit : outcome.exits()) {
        if (exit.instance().equals(instance)) {
          sigterm(exit);
        }
      }
      y += BAR_STEP;
    }
    y -= BAR_STEP - BAR;
  }

  private void bar(Timeline.Span span) {
    if (span.state() == Timeline.State.STOPPED) {
      return;
    }
    double x = time.at(span.from());
    double width = Math.max(0.5, time.at(span.to()) - x);
    String title =
        String.format(
            Locale.ROOT,
            "%s %s %s, %.2f s to %.2f s",
            span.instance(),
            span.version(),
            Words.of(span.state()),
            span.from(),
            span.to());
    svg.append("<g><title>").append(Html.escape(title)).append("</title>");
    svg.append(rect(x, y, width, BAR, "v" + colour(span.version()) + " " + Words.of(span.state())));
    if (span.state() == Timeline.State.DRAINING) {
      svg.append(rect(x, y, width, BAR, "draining-stripes"));
    }
    if (span.state() == Timeline.State.READY && width > LABEL_WIDTH) {
      svg.append(text(x + width / 2, y + BAR / 2.0 + 4, "in-bar middle", span.version()));
    }
    svg.append("</g>\n");
  }

  private void sigterm(Timeline.Exit exit) {
    double x = time.at(exit.sigterm());
    svg.append(line(x, y - 4, x, y + BAR, "sigterm"));
    svg.append(
        String.format(
            Locale.ROOT, "<path class=\"sigterm-mark\" d=\"M%.1f %dl-5 -7h10z\"/>%n", x, y - 2));
  }

  /** v1, v2, v3 … in the order in which they were first seen, as one of a few colours. */
  private int colour(String version) {
    List<String> versions =
        outcome.spans().stream()
            .sorted(java.util.Comparator.comparingDouble(Timeline.Span::from))
            .map(Timeline.Span::version)
            .distinct()
            .toList();
    return versions.indexOf(version) % VERSIONS;
  }

  private void requests() {
    Map<Integer, Double> answered = new TreeMap<>();
    outcome
        .tally()
        .seconds()
        .forEach((second, counts) -> {
          // The first and the last second are not whole ones; what is left of them may be too
          // little to speak of a rate.
          double share = to(second) - from(second);
          if (share > SHORTEST_SHARE) {
            answered.put(second, counts.answered.sum() / share);
          }
        });
    Axis axis = track("requests answered per second", highest(answered), TRACK);
    steps(answered, axis, "requests");
  }

  private void failures() {
    Map<Integer, Double> failed = new TreeMap<>();
    outcome.tally().seconds().forEach((s, c) -> failed.put(s, (double) c.failed.sum()));
    boolean none = outcome.tally().failed() == 0;
    Axis axis =
        track(
            none ? "requests failed per second: none" : "requests failed per second",
            Math.max(1, highest(failed)),
            LOW_TRACK);
    failed.forEach((second, count) -> {
      if (count > 0) {
        double x = time.at(second);
        double top = axis.at(count);
        svg.append(rect(x, top, time.at(second + 1.0) - x, axis.start() - top, "failures"));
      }
    });
  }

  private void latency() {
    Map<Integer, Double> p50 = new TreeMap<>();
    Map<Integer, Double> p99 = new TreeMap<>();
    outcome
        .tally()
        .seconds()
        .forEach((second, counts) -> {
          if (counts.micros.getTotalCount() > 0 && to(second) - from(second) > SHORTEST_SHARE) {
            p50.put(second, counts.micros.getValueAtPercentile(50) / 1000.0);
            p99.put(second, counts.micros.getValueAtPercentile(99) / 1000.0);
          }
        });
    Axis axis =
        track(
            "latency of GET and POST in ms: median and p99, from the intended start",
            highest(p99),
            TRACK);
    curve(p99, axis, "p99");
    curve(p50, axis, "p50");
  }

  private static double highest(Map<Integer, Double> values) {
    return values.values().stream().mapToDouble(v -> v).max().orElse(1);
  }

  private Axis track(String title, double highest, int height) {
    svg.append(text(LEFT, y - 8, "title", title));
    Axis axis = Axis.upTo(highest, height > LOW_TRACK ? 4 : 1, y + (double) height, y);
    for (double tick : axis.ticks(height > LOW_TRACK ? 4 : 1)) {
      double at = axis.at(tick);
      svg.append(line(LEFT, at, RIGHT, at, tick == 0 ? "axis" : "grid"));
      svg.append(text(LEFT - 10, at + 4, "tick end", number(tick)));
    }
    y += height;
    return axis;
  }

  private void steps(Map<Integer, Double> values, Axis axis, String style) {
    if (values.isEmpty()) {
      return;
    }
    StringBuilder path = new StringBuilder();
    double last = LEFT;
    for (Map.Entry<Integer, Double> entry : values.entrySet()) {
      double x = time.at(from(entry.getKey()));
      last = time.at(to(entry.getKey()));
      double top = axis.at(entry.getValue());
      path.append(path.isEmpty() ? point('M', x, axis.start()) : "");
      path.append(point('L', x, top)).append(point('L', last, top));
    }
    path.append(point('L', last, axis.start()));
    svg.append("<path class=\"").append(style).append("\" d=\"").append(path).append("\"/>\n");
  }

  /** Where the load begins within a second of the timeline. */
  private double from(int second) {
    return Math.max(second, outcome.loadFrom());
  }

  private double to(int second) {
    return Math.min(second + 1.0, outcome.loadTo());
  }

  private void curve(Map<Integer, Double> values, Axis axis, String style) {
    StringBuilder path = new StringBuilder();
    values.forEach((second, value) ->
        path.append(
            point(
                path.isEmpty() ? 'M' : 'L',
                time.at((from(second) + to(second)) / 2),
                axis.at(value))));
    if (!path.isEmpty()) {
      svg.append("<path class=\"curve ").append(style).append("\" d=\"").append(path);
      svg.append("\"/>\n");
    }
  }

  private static String point(char command, double x, double y) {
    return String.format(Locale.ROOT, "%c%.1f %.1f", command, x, y);
  }

  private static String rect(double x, double y, double width, double height, String style) {
    return String.format(
        Locale.ROOT,
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" class=\"%s\"/>",
        x,
        y,
        width,
        height,
        style);
  }

  private static String line(double x1, double y1, double x2, double y2, String style) {
    return String.format(
        Locale.ROOT,
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>%n",
        x1,
        y1,
        x2,
        y2,
        style);
  }

  private static String text(double x, double y, String style, String content) {
    return String.format(
        Locale.ROOT,
        "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">%s</text>%n",
        x,
        y,
        style,
        Html.escape(content));
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.3g", value);
  }
}
