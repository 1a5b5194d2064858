package dev.zdd.core.page;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;

/** The whole page: its head, an overview with a line for each section, then the sections. */
final class PageHtml {
  /** A section and what it shows now. */
  record Shown(String title, Content content) {}

  private PageHtml() {}

  static String of(String name, List<Shown> sections, Instant now) {
    Badge worst =
        sections.stream()
            .map(section -> section.content().badge())
            .max(Comparator.comparing(Badge::tone))
            .orElse(new Badge(Tone.NEUTRAL, "status"));
    Html html = new Html();
    ValueHtml values = new ValueHtml(html, now);
    BlockHtml blocks = new BlockHtml(html, values);
    head(html, name, worst, now);
    html.markup("<p class=\"live\" hidden><button type=\"button\">pause</button></p>\n</header>\n");
    html.markup("<p class=\"lost\" role=\"alert\" hidden></p>\n");
    html.markup("<p class=\"spoken\" aria-live=\"polite\"></p>\n<main>\n");
    overview(html, values, sections);
    for (int i = 0; i < sections.size(); i++) {
      String id = "section-" + (i + 1);
      html.markup("<section id=\"").markup(id).markup("\" aria-labelledby=\"").markup(id);
      html.markup("-title\">\n<h2 id=\"").markup(id).markup("-title\">");
      html.text(sections.get(i).title()).markup("</h2>\n");
      sections.get(i).content().blocks().forEach(blocks::write);
      html.markup("</section>\n");
    }
    html.markup("</main>\n<script>").markup(Assets.SCRIPT).markup("</script>\n</body>\n</html>\n");
    return html.toString();
  }

  /** A page without a script and with one section, which has no heading of its own. */
  static String form(String title, Content content, Instant now) {
    Html html = new Html();
    ValueHtml values = new ValueHtml(html, now);
    BlockHtml blocks = new BlockHtml(html, values);
    head(html, title, content.badge(), now);
    html.markup("</header>\n<main>\n<p class=\"said ").markup(content.badge().tone().label());
    html.markup("\" role=\"status\">");
    values.badge(content.badge());
    html.markup(" ").text(content.headline()).markup("</p>\n<section>\n");
    content.blocks().forEach(blocks::write);
    html.markup("</section>\n</main>\n</body>\n</html>\n");
    return html.toString();
  }

  private static void head(Html html, String name, Badge badge, Instant now) {
    html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.markup("<meta name=\"robots\" content=\"noindex\">\n");
    html.markup("<title>").text(badge.word()).markup(" – ").text(name).markup("</title>\n");
    html.markup("<link rel=\"icon\" href=\"").markup(Assets.icon(badge.tone())).markup("\">\n");
    html.markup("<style>").markup(Assets.STYLE).markup("</style>\n</head>\n<body>\n");
    html.markup("<header>\n<h1><span class=\"dot ").markup(badge.tone().label());
    html.markup("\" aria-hidden=\"true\"></span>").text(name).markup("</h1>\n");
    html.markup("<p class=\"asof\">as of <time datetime=\"").text(Times.utc(now)).markup("\">");
    html.text(Times.utc(now)).markup("</time></p>\n");
  }

  private static void overview(Html html, ValueHtml values, List<Shown> sections) {
    html.markup("<nav aria-label=\"Overview\"><ul class=\"overview\">\n");
    for (int i = 0; i < sections.size(); i++) {
      Shown section = sections.get(i);
      html.markup("<li class=\"").markup(section.content().badge().tone().label());
      html.markup("\"><a href=\"#section-").markup(Integer.toString(i + 1)).markup("\"><b>");
      html.text(section.title()).markup("</b>");
      values.badge(section.content().badge());
      html.markup("<span>").text(section.content().headline()).markup("</span></a></li>\n");
    }
    html.markup("</ul></nav>\n");
  }
}
