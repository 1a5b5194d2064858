package dev.zdd.flags;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What a flag is for, and so how long it may be expected to live. Decides nothing. */
public enum FlagType {
  /** Brings a change to its users step by step, and is removed when all have it. */
  RELEASE("release"),
  /** Lets operations turn something down under load. */
  OPS("ops"),
  /** Turns something off in an emergency; stays as long as that may be needed. */
  KILL_SWITCH("kill-switch"),
  /** Compares variants, and is removed when one has won. */
  EXPERIMENT("experiment"),
  /** Is a product's feature for those who may have it; stays. */
  PERMISSION("permission"),
  /** Moves from one store to another, and is removed when the old one is gone. */
  MIGRATION("migration");

  private final String text;

  FlagType(String text) {
    this.text = text;
  }

  /**
   * The one with that {@link #text()}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static FlagType of(String text) {
    for (FlagType type : values()) {
      if (type.text.equals(text)) {
        return type;
      }
    }
    String known = Arrays.stream(values()).map(FlagType::text).collect(Collectors.joining(", "));
    throw new IllegalArgumentException(
        "type: " + Quoted.of(text) + " (expected one of: " + known + ")");
  }

  /** As it stands in a document: "kill-switch". */
  public String text() {
    return text;
  }

  /** Whether it is there for good, so that it does not become stale. */
  public boolean isPermanent() {
    return this == OPS || this == KILL_SWITCH || this == PERMISSION;
  }
}
