package dev.zdd.flags;

import java.util.regex.Pattern;

/** Somebody else's text in a message of ours: in quotes, short, and on one line. */
final class Quoted {
  private static final int LONGEST = 60;
  private static final Pattern BREAK = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

  private Quoted() {}

  static String of(String text) {
    String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return '"' + line(start) + '"';
  }

  /** Without the quotes and at any length. */
  static String line(String text) {
    return BREAK.matcher(text).replaceAll("?");
  }
}
