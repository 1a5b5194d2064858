package dev.zdd.examples.demo;

/** Text on its way into HTML or SVG. */
final class Html {
  private Html() {}

  /** Safe in element content and in quoted attributes; control characters become spaces. */
  static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> safe.append("&amp;");
            case '<' -> safe.append("&lt;");
            case '>' -> safe.append("&gt;");
            case '"' -> safe.append("&quot;");
            case '\'' -> safe.append("&#39;");
            default -> safe.appendCodePoint(c < ' ' || c == 0x7f ? ' ' : c);
          }
        });
    return safe.toString();
  }
}
