package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

/**
 * One of the several answers of a flag that is on.
 *
 * @param name what reports call it; 1 to 100 characters, no control characters
 * @param weight how many of the ids get it, in proportion to the other variants'; 0 for none but
 *     those that a rule gives it to
 * @param value what the program gets
 */
public record Variant(String name, int weight, FlagValue value) {
  private static final int LONGEST = 100;

  /** Refuses what the parameters forbid. */
  public Variant {
    if (name.isEmpty()
        || name.length() > LONGEST
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "variants: name: "
              + Quoted.of(name)
              + " (expected: 1 to "
              + LONGEST
              + " characters, no control characters)");
    }
    if (weight < 0) {
      throw new IllegalArgumentException(
          "variants: " + Quoted.of(name) + ": weight: " + weight + " (expected: 0 or more)");
    }
    requireNonNull(value, "value");
  }
}
