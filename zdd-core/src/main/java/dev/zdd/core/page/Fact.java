package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * A name and what it is.
 *
 * @param name what is told
 * @param value what it is
 * @param more a second, quieter line: since when; null if there is none
 */
public record Fact(String name, Value value, @Nullable Value more) {
  /** Refuses null. */
  public Fact {
    requireNonNull(name, "name");
    requireNonNull(value, "value");
  }

  /** A fact of one line. */
  public static Fact of(String name, Value value) {
    return new Fact(name, value, null);
  }

  /** A fact in words. */
  public static Fact of(String name, String text) {
    return of(name, Value.of(text));
  }

  /** A fact that is a number. */
  public static Fact of(String name, long number) {
    return of(name, Value.of(number));
  }
}
