package dev.zdd.flags;

/**
 * Who changes a flag, and why: for the audit log and for whoever asks in half a year.
 *
 * @param who a person or a program: 1 to {@value #LONGEST_WHO} characters
 * @param why the reason, a ticket, a measurement: 1 to {@value #LONGEST_WHY} characters
 */
public record FlagChange(String who, String why) {
  static final int LONGEST_WHO = 200;
  static final int LONGEST_WHY = 1_000;

  /** Refuses what is blank, too long, or not on one line: who reads the log must not be misled. */
  public FlagChange {
    require("who", who, LONGEST_WHO);
    require("why", why, LONGEST_WHY);
  }

  private static void require(String field, String text, int longest) {
    if (text.isBlank()
        || text.length() > longest
        || text.codePoints().anyMatch(FlagChange::isNoText)) {
      throw new IllegalArgumentException(
          field
              + ": "
              + Quoted.of(text)
              + " (expected: 1 to "
              + longest
              + " characters on one line, no control characters)");
    }
  }

  private static boolean isNoText(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      // These turn the direction of what follows, and so could show it as something else.
      default ->
          (codePoint >= 0x202A && codePoint <= 0x202E)
              || (codePoint >= 0x2066 && codePoint <= 0x2069);
    };
  }
}
