package dev.zdd.examples.demo;

import static java.util.Map.entry;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.HdrHistogram.Histogram;

/** The demo's report: one HTML page that needs nothing else, no script and no network. */
final class HtmlReport {
  private HtmlReport() {}

  static String of(Outcome outcome) {
    return Template.fill(
        "report.html",
        Map.ofEntries(
            entry("VERDICT_CLASS", outcome.complaints().isEmpty() ? "good" : "bad"),
            entry("VERDICT", verdict(outcome)),
            entry("CARDS", cards(outcome)),
            entry("PICTURE", TimelinePicture.of(outcome)),
            entry("LEGEND", legend(outcome)),
            entry("COMPLAINTS", complaints(outcome.complaints())),
            entry("EXITS", exits(outcome.exits())),
            entry("KINDS", kinds(outcome.tally())),
            entry("EXACTLY_ONCE", exactlyOnce(outcome)),
            entry("FAILURES", failures(outcome.tally())),
            entry("SETTINGS", settings(outcome.settings()))));
  }

  private static String verdict(Outcome outcome) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d requests failed",
        outcome.tally().failed(),
        outcome.tally().sentSoFar());
  }

  private static String cards(Outcome outcome) {
    Histogram micros = outcome.tally().micros();
    double slowest = outcome.exits().stream().mapToDouble(Timeline.Exit::seconds).max().orElse(0);
    return card(
            "behind " + outcome.settings().get("balancer"),
            String.valueOf(outcome.settings().get("server")))
        + card("p50", Words.millis(micros.getValueAtPercentile(50)))
        + card("p99", Words.millis(micros.getValueAtPercentile(99)))
        + card("slowest answer", Words.millis(micros.getMaxValue()))
        + card("instances replaced", String.valueOf(outcome.exits().size()))
        + card("longest drain", String.format(Locale.ROOT, "%.2f s", slowest));
  }

  private static String card(String label, String value) {
    return "<div class=\"card\"><b>"
        + Html.escape(value)
        + "</b><span>"
        + Html.escape(label)
        + "</span></div>\n";
  }

  private static String legend(Outcome outcome) {
    StringBuilder items = new StringBuilder();
    List<String> versions =
        outcome.spans().stream()
            .sorted(java.util.Comparator.comparingDouble(Timeline.Span::from))
            .map(Timeline.Span::version)
            .distinct()
            .toList();
    for (int i = 0; i < versions.size(); i++) {
      items.append(
          String.format(
              "<li><i class=\"swatch b%d\"></i>%s</li>%n", i % 4, Html.escape(versions.get(i))));
    }
    return items
        + """
        <li><i class="swatch b0 faint"></i>starting</li>
        <li><i class="swatch b0 striped"></i>draining</li>
        <li><i class="mark"></i>SIGTERM</li>
        <li><i class="rule p50"></i>median</li>
        <li><i class="rule p99"></i>p99</li>
        """;
  }

  private static String complaints(List<String> complaints) {
    StringBuilder html = new StringBuilder();
    complaints.forEach(c -> html.append("<li>").append(Html.escape(c)).append("</li>\n"));
    return html.isEmpty() ? "" : "<ul class=\"complaints\">\n" + html + "</ul>";
  }

  private static String exits(List<Timeline.Exit> exits) {
    StringBuilder rows = new StringBuilder();
    for (Timeline.Exit exit : exits) {
      rows.append(
          row(
              exit.instance(),
              exit.version(),
              String.format(Locale.ROOT, "%.1f s", exit.sigterm()),
              String.format(Locale.ROOT, "%.2f s", exit.seconds()),
              String.valueOf(exit.code())));
    }
    return rows.toString();
  }

  private static String failures(Tally tally) {
    if (tally.failed() == 0) {
      return "<p>None: every request was answered with status 200 and its whole body.</p>";
    }
    StringBuilder html = new StringBuilder("<div class=\"scroll\"><table><tr><th>kind</th>");
    html.append("<th>requests</th></tr>\n");
    tally.failedByKind().forEach((kind, n) -> html.append(row(kind, String.valueOf(n))));
    html.append("</table></div>\n<p>One by one");
    html.append(
        tally.failed() > tally.lost().size() ? " (the first " + tally.lost().size() + ")" : "");
    html.append(":</p>\n<div class=\"scroll\"><table><tr><th>start</th><th>after</th>");
    html.append("<th>request</th><th>kind</th><th>what was seen</th></tr>\n");
    for (Tally.Lost lost : tally.lost()) {
      html.append(
          row(
              String.format(Locale.ROOT, "%.3f s", lost.start()),
              String.format(Locale.ROOT, "%.3f s", lost.end() - lost.start()),
              lost.request(),
              lost.failure().kind(),
              lost.failure().detail()));
    }
    return html.append("</table></div>").toString();
  }

  private static String kinds(Tally tally) {
    StringBuilder rows = new StringBuilder();
    for (Kind kind : Kind.values()) {
      Tally.OfKind its = tally.of(kind);
      if (its.sent.sum() > 0) {
        Histogram micros = its.micros.copy();
        rows.append(
            row(
                kind.label(),
                String.format(Locale.ROOT, "%,d", its.sent.sum()),
                String.format(Locale.ROOT, "%,d", its.failed.sum()),
                Words.millis(micros.getValueAtPercentile(50)),
                Words.millis(micros.getValueAtPercentile(99)),
                Words.millis(micros.getMaxValue())));
      }
    }
    return rows.toString();
  }

  private static String exactlyOnce(Outcome outcome) {
    ExactlyOnce posts = outcome.exactlyOnce();
    StringBuilder html = new StringBuilder("<p>");
    html.append(Html.escape(posts.inWords())).append(".</p>\n");
    List<String> wrong = new java.util.ArrayList<>(posts.twice());
    wrong.addAll(posts.missing());
    html.append(complaints(wrong));
    if (outcome.tally().reconnects() > 0) {
      html.append("<p>").append(Html.escape(Words.reconnects(outcome.tally()))).append(".</p>");
    }
    return html.toString();
  }

  private static String settings(Map<String, String> settings) {
    StringBuilder rows = new StringBuilder();
    settings.forEach((label, value) -> rows.append(row(label, value)));
    return rows.toString();
  }

  private static String row(String... cells) {
    StringBuilder html = new StringBuilder("<tr>");
    for (String cell : cells) {
      html.append("<td>").append(Html.escape(cell)).append("</td>");
    }
    return html.append("</tr>\n").toString();
  }
}
