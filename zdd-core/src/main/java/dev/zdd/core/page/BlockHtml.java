package dev.zdd.core.page;

import java.util.List;

/** Blocks as markup, each no longer than it may be. */
final class BlockHtml {
  /** How many of the things that are not well are open already. */
  private static final int OPEN = 3;

  /** From this length on a text has a line to itself. */
  private static final int LONGEST_NARROW = 32;

  /** From this length of the page on no further row is begun. */
  private static final int LONGEST_PAGE = 1 << 20;

  private final Html html;
  private final ValueHtml values;

  BlockHtml(Html html, ValueHtml values) {
    this.html = html;
    this.values = values;
  }

  void write(Block block) {
    if (block instanceof Facts facts) {
      facts(facts.facts());
    } else if (block instanceof Entries entries) {
      entries(entries);
    } else if (block instanceof Table table) {
      table(table);
    } else if (block instanceof Note note) {
      html.markup("<p class=\"note\">").text(note.text()).markup("</p>\n");
    } else if (block instanceof Form form) {
      form(form);
    }
  }

  private void facts(List<Fact> facts) {
    html.markup("<dl class=\"facts\">");
    for (Fact fact : facts) {
      boolean wide = isWide(fact.value());
      html.markup(wide ? "<div class=\"wide\"><dt>" : "<div><dt>")
          .text(fact.name())
          .markup("</dt><dd>");
      values.write(fact.value());
      if (fact.more() != null) {
        html.markup("<span class=\"more\">");
        values.write(fact.more());
        html.markup("</span>");
      }
      html.markup("</dd></div>");
    }
    html.markup("</dl>\n");
  }

  private static boolean isWide(Value value) {
    return value instanceof Bar
        || value instanceof Timeline
        || (value instanceof Value.Text text && text.text().length() > LONGEST_NARROW);
  }

  private void entries(Entries entries) {
    caption(entries.caption());
    html.markup("<ul class=\"entries\">\n");
    int open = 0;
    int written = 0;
    for (Entry entry : entries.entries()) {
      if (isFull(written)) {
        break;
      }
      boolean troubled = entry.badge().tone().compareTo(Tone.WARNING) >= 0 && open < OPEN;
      open += troubled ? 1 : 0;
      entry(entry, troubled);
      written++;
    }
    html.markup("</ul>\n");
    more(entries.entries().size() - written, entries.more());
  }

  private void entry(Entry entry, boolean open) {
    html.markup("<li><details class=\"")
        .markup(entry.badge().tone().label())
        .markup("\" data-key=\"");
    html.text(entry.title());
    entry.tags().forEach(tag -> html.text(" ").text(tag));
    html.markup(open ? "\" open><summary>" : "\"><summary>");
    values.badge(entry.badge());
    html.markup("<h3>").text(entry.title()).markup("</h3>");
    html.markup("<span class=\"tags\">").text(String.join(" · ", entry.tags())).markup("</span>");
    html.markup("<span class=\"aside\">");
    if (entry.aside() != null) {
      html.markup(entry.aside() instanceof Value.Length ? "for " : "");
      values.write(entry.aside());
    }
    html.markup("</span>");
    if (!entry.note().isEmpty()) {
      html.markup("<span class=\"reason\">").text(entry.note()).markup("</span>");
    }
    if (entry.picture() != null) {
      html.markup("<span class=\"picture\">");
      values.picture(entry.picture());
      html.markup("</span>");
    }
    html.markup("</summary><div class=\"body\">");
    if (!entry.facts().isEmpty()) {
      facts(entry.facts());
    }
    if (entry.picture() != null) {
      values.words(entry.picture());
    }
    html.markup("</div></details></li>\n");
  }

  private void table(Table table) {
    html.markup("<table><caption>").text(table.caption()).markup("</caption><thead><tr>");
    for (String column : table.columns()) {
      html.markup("<th scope=\"col\">").text(column).markup("</th>");
    }
    html.markup("</tr></thead><tbody>\n");
    int written = 0;
    for (List<Value> row : table.rows()) {
      if (isFull(written)) {
        break;
      }
      html.markup("<tr>");
      for (int i = 0; i < row.size(); i++) {
        html.markup(i == 0 ? "<th scope=\"row\">" : "<td>");
        values.write(row.get(i));
        html.markup(i == 0 ? "</th>" : "</td>");
      }
      html.markup("</tr>\n");
      written++;
    }
    html.markup("</tbody></table>\n");
    more(table.rows().size() - written, table.more());
  }

  private void form(Form form) {
    html.markup("<form method=\"post\" autocomplete=\"off\"><h3>").text(form.caption());
    html.markup("</h3>");
    if (!form.note().isEmpty()) {
      html.markup("<p class=\"note\">").text(form.note()).markup("</p>");
    }
    form.hidden()
        .forEach((name, value) -> {
          html.markup("<input type=\"hidden\" name=\"")
              .whole(name)
              .markup("\" value=\"")
              .whole(value);
          html.markup("\">");
        });
    for (Form.Field field : form.fields()) {
      html.markup("<label>").text(field.label()).markup("<input type=\"text\" required name=\"");
      html.whole(field.name()).markup("\" maxlength=\"").markup(Integer.toString(field.longest()));
      html.markup("\" value=\"").whole(field.value()).markup("\"></label>");
    }
    html.markup("<button class=\"").markup(form.button().tone().label()).markup("\">");
    html.text(form.button().word()).markup("</button></form>\n");
  }

  private void caption(String caption) {
    if (!caption.isEmpty()) {
      html.markup("<p class=\"caption\">").text(caption).markup("</p>");
    }
  }

  private boolean isFull(int written) {
    return written == Block.MOST_ROWS || html.length() > LONGEST_PAGE;
  }

  private void more(int unwritten, int leftOut) {
    long more = (long) unwritten + leftOut;
    if (more > 0) {
      html.markup("<p class=\"note\">and ").text(Long.toString(more)).markup(" more</p>\n");
    }
  }
}
