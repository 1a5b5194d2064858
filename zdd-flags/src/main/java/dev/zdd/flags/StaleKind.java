package dev.zdd.flags;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What is wrong with a flag that nobody has removed in time. The gravest stand first. */
public enum StaleKind {
  /** The day that the definition or the code gave it has passed. */
  EXPIRED("expired"),
  /** Nobody gave it a day, and it is older than flags of its type become. */
  OVERDUE("overdue"),
  /** It has been on for everyone for so long that it decides nothing. */
  FULLY_ON("fully-on"),
  /** The program uses a key that is retired. */
  RETIRED("retired"),
  /** The program uses a key that nothing defines. */
  UNDEFINED("undefined"),
  /** It is defined, and the program does not use it. */
  UNREFERENCED("unreferenced"),
  /** The program has it, and has never asked it since the start. */
  NEVER_EVALUATED("never-evaluated"),
  /** Its day is near. */
  EXPIRES_SOON("expires-soon");

  private final String text;

  StaleKind(String text) {
    this.text = text;
  }

  /**
   * The one with that {@link #text()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static StaleKind of(String text) {
    for (StaleKind kind : values()) {
      if (kind.text.equals(text)) {
        return kind;
      }
    }
    String known = Arrays.stream(values()).map(StaleKind::text).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "finding: " + Quoted.of(text) + " (expected one of: " + known + ")");
  }

  /** As it stands in reports and meters: "never-evaluated". */
  public String text() {
    return text;
  }
}
