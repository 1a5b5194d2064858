package dev.zdd.core.page;

/**
 * A page as it is written. What is markup and what is text are two methods, so that nothing from
 * outside becomes markup; markup is constant, or made of numbers.
 */
final class Html {
  /** How much of one text is shown. */
  static final int LONGEST_TEXT = 400;

  private final StringBuilder page = new StringBuilder(16 << 10);

  /** Writes markup as it is. */
  Html markup(String constant) {
    page.append(constant);
    return this;
  }

  /** Writes a number. */
  Html number(double number) {
    page.append(Math.round(number * 100) / 100.0);
    return this;
  }

  /** Writes text, for element content and for quoted attributes; too much of it is cut. */
  Html text(String text) {
    int end = text.length();
    if (end > LONGEST_TEXT) {
      end =
          Character.isHighSurrogate(text.charAt(LONGEST_TEXT - 1))
              ? LONGEST_TEXT - 1
              : LONGEST_TEXT;
    }
    for (int i = 0; i < end; i++) {
      escape(text.charAt(i));
    }
    if (end < text.length()) {
      page.append('…');
    }
    return this;
  }

  /** Writes all of a text, as it is, for a quoted attribute that is sent back. */
  Html whole(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isMarkup(c)) {
        escape(c);
      } else {
        page.append(c);
      }
    }
    return this;
  }

  private static boolean isMarkup(char c) {
    return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'';
  }

  int length() {
    return page.length();
  }

  private void escape(char c) {
    switch (c) {
      case '&' -> page.append("&amp;");
      case '<' -> page.append("&lt;");
      case '>' -> page.append("&gt;");
      case '"' -> page.append("&quot;");
      case '\'' -> page.append("&#39;");
      default -> page.append(isShown(c) ? c : '\ufffd');
    }
  }

  // A control character has no picture, and one that turns the direction of what follows makes a
  // text look like another one.
  private static boolean isShown(char c) {
    boolean turns = (c >= '\u202a' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069');
    return !Character.isISOControl(c) && !turns;
  }

  @Override
  public String toString() {
    return page.toString();
  }
}
