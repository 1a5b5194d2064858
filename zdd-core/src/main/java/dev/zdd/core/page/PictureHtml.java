package dev.zdd.core.page;

import java.time.Duration;
import java.util.List;

/**
 * The small pictures. They are SVG whose colours are the stylesheet's: the page's policy allows no
 * style in an attribute. Each is labelled with what it shows.
 */
final class PictureHtml {
  private static final double WIDTH = 100;
  private static final int SHADES = 6;

  private final Html html;
  private final ValueHtml values;

  PictureHtml(Html html, ValueHtml values) {
    this.html = html;
    this.values = values;
  }

  void timeline(Timeline timeline) {
    List<Timeline.Interval> intervals = timeline.intervals();
    double all = intervals.stream().mapToDouble(each -> weight(each.length())).sum();
    open("timeline");
    for (int i = 0; i < intervals.size(); i++) {
      Timeline.Interval interval = intervals.get(i);
      html.text(i == 0 ? "" : ", then ").text(interval.badge().word()).text(" for ");
      html.text(Times.words(interval.length()));
    }
    html.markup("\">");
    double x = 0;
    for (int i = 0; i < intervals.size(); i++) {
      double width = WIDTH * weight(intervals.get(i).length()) / all;
      // One unit of air between two, so that two of the same colour are two.
      double air = i == intervals.size() - 1 ? 0 : 1;
      rect(intervals.get(i).badge().tone().label(), x, Math.max(0, width - air));
      x += width;
    }
    html.markup("</svg>");
  }

  private static double weight(Duration length) {
    return 1 + Math.log1p(Math.max(0, length.toMillis()) / 1000.0);
  }

  void history(Timeline timeline) {
    html.markup("<ol class=\"history\" reversed>");
    for (int i = timeline.intervals().size() - 1; i >= 0; i--) {
      Timeline.Interval interval = timeline.intervals().get(i);
      html.markup("<li>");
      values.badge(interval.badge());
      html.markup(" <span>for ").text(Times.words(interval.length())).markup("</span> <span>from ");
      html.markup("<span class=\"utc\">").text(Times.utc(interval.from())).markup("</span></span>");
      if (!interval.note().isEmpty()) {
        html.markup(" <span class=\"note\">").text(interval.note()).markup("</span>");
      }
      html.markup("</li>");
    }
    html.markup("</ol>");
  }

  void bar(Bar bar) {
    picture(bar);
    legend(bar);
  }

  void picture(Bar bar) {
    open("bar");
    for (Bar.Part part : bar.parts()) {
      html.text(part.word()).text(", ");
    }
    html.text(bar.rest())
        .markup("\"><rect class=\"rest\" x=\"0\" y=\"0\" width=\"100\" height=\"10\"/>");
    double x = 0;
    for (int i = 0; i < bar.parts().size(); i++) {
      double width = Math.min(WIDTH * bar.parts().get(i).share(), WIDTH - x);
      rect("s" + i % SHADES, x, width);
      x += width;
    }
    html.markup("</svg>");
  }

  void legend(Bar bar) {
    html.markup("<ul class=\"legend\">");
    for (int i = 0; i < bar.parts().size(); i++) {
      swatch("s" + i % SHADES, bar.parts().get(i).word());
    }
    if (!bar.rest().isEmpty()) {
      swatch("rest", bar.rest());
    }
    html.markup("</ul>");
  }

  private void swatch(String shade, String words) {
    html.markup("<li><svg class=\"swatch\" viewBox=\"0 0 10 10\" aria-hidden=\"true\">");
    rect(shade, 0, 10);
    html.markup("</svg>").text(words).markup("</li>");
  }

  private void open(String kind) {
    html.markup("<svg class=\"").markup(kind);
    html.markup(
        "\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
  }

  private void rect(String shade, double x, double width) {
    html.markup("<rect class=\"").markup(shade).markup("\" x=\"").number(x);
    html.markup("\" y=\"0\" width=\"").number(width).markup("\" height=\"10\"/>");
  }
}
