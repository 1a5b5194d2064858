package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.Set;
import java.util.TreeSet;

/**
 * Another flag that a flag depends on, asked for the same id or context and of the same snapshot.
 *
 * @param flag its key
 * @param enabled what it has to answer
 * @param variants if not empty: which of its variants it has to give
 */
public record Requirement(String flag, boolean enabled, Set<String> variants) {
  /** Copies the set; refuses variants of a flag that has to be off. */
  public Requirement {
    requireNonNull(flag, "flag");
    variants = Set.copyOf(variants);
    if (!enabled && !variants.isEmpty()) {
      throw new IllegalArgumentException(
          "requires: "
              + Quoted.of(flag)
              + ": variants: "
              + Quoted.line(new TreeSet<>(variants).toString())
              + " (expected: none of a flag that has to be off)");
    }
  }

  /** That {@code flag} is on, whatever its variant. */
  public static Requirement on(String flag) {
    return new Requirement(flag, true, Set.of());
  }
}
