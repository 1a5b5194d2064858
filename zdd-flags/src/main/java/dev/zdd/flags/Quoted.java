package dev.zdd.flags;

/** Somebody else's text in a message of ours: in quotes, short, and on one line. */
final class Quoted {
  private static final int LONGEST = 60;

  private Quoted() {}

  static String of(String text) {
    String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return '"' + line(start) + '"';
  }

  /** Without the quotes and at any length. */
  static String line(String text) {
    return text.replaceAll("[\\p{Cc}\\u2028\\u2029]", "?");
  }
}
