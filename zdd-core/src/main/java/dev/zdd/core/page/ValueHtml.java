package dev.zdd.core.page;

import java.time.Instant;

/** Values as markup: text, times, badges; the pictures are {@link PictureHtml}'s. */
final class ValueHtml {
  private final Html html;
  private final Instant now;
  private final PictureHtml pictures;

  ValueHtml(Html html, Instant now) {
    this.html = html;
    this.now = now;
    this.pictures = new PictureHtml(html, this);
  }

  void write(Value value) {
    if (value instanceof Value.Text text) {
      html.text(text.text());
    } else if (value instanceof Value.Moment moment) {
      moment(moment.at());
    } else if (value instanceof Value.Length length) {
      html.text(Times.words(length.length()));
    } else if (value instanceof Badge badge) {
      badge(badge);
    } else if (value instanceof Link link) {
      html.markup("<a href=\"").whole(link.target()).markup("\">").text(link.text()).markup("</a>");
    } else if (value instanceof Bar bar) {
      pictures.bar(bar);
    } else if (value instanceof Timeline timeline) {
      pictures.timeline(timeline);
      pictures.history(timeline);
    }
  }

  /** Only what there is to see of a picture; its text stands elsewhere. */
  void picture(Value value) {
    if (value instanceof Timeline timeline) {
      pictures.timeline(timeline);
    } else if (value instanceof Bar bar) {
      pictures.picture(bar);
    } else {
      write(value);
    }
  }

  /** Only what a picture says in words; nothing for what is no picture. */
  void words(Value value) {
    if (value instanceof Timeline timeline) {
      pictures.history(timeline);
    } else if (value instanceof Bar bar) {
      pictures.legend(bar);
    }
  }

  void badge(Badge badge) {
    html.markup("<span class=\"badge ").markup(badge.tone().label()).markup("\">");
    html.text(badge.word()).markup("</span>");
  }

  /** "3 min ago", and the moment itself beside it. */
  void moment(Instant at) {
    html.markup("<time datetime=\"").text(Times.utc(at)).markup("\">");
    html.text(Times.ago(at, now)).markup(" <span class=\"utc\">");
    html.text(Times.utc(at)).markup("</span></time>");
  }
}
