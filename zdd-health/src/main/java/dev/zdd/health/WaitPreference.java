package dev.zdd.health;

import java.util.Locale;

/** The {@code wait=SECONDS} of a {@code Prefer} header (RFC 7240). */
final class WaitPreference {
  static final int ABSENT = -1;
  static final int MALFORMED = -2;

  /** The most that anybody may wait, in seconds. */
  static final int MOST = 60;

  private WaitPreference() {}

  /**
   * How many seconds {@code prefer} would wait, at most {@link #MOST}; or {@link #ABSENT}, or
   * {@link #MALFORMED}. Of several the first counts; parameters and other preferences are ignored.
   */
  static int seconds(String prefer) {
    for (String preference : prefer.split(",", -1)) {
      String first = preference.split(";", 2)[0];
      int equals = first.indexOf('=');
      String name = (equals < 0 ? first : first.substring(0, equals)).trim();
      if (name.toLowerCase(Locale.ROOT).equals("wait")) {
        return number(equals < 0 ? "" : first.substring(equals + 1).trim());
      }
    }
    return ABSENT;
  }

  private static int number(String value) {
    boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
    String digits = quoted ? value.substring(1, value.length() - 1) : value;
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return MALFORMED;
    }
    // More digits than these are more seconds than anybody gets, and more than an int holds.
    return digits.length() > 9 ? MOST : Math.min(MOST, Integer.parseInt(digits));
  }
}
