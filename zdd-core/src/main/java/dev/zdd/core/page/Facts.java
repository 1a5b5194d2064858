package dev.zdd.core.page;

import java.util.List;

/**
 * Facts side by side.
 *
 * @param facts the facts, in order
 */
public record Facts(List<Fact> facts) implements Block {
  /** Copies the facts. */
  public Facts {
    facts = List.copyOf(facts);
  }

  /** Some facts. */
  public static Facts of(Fact... facts) {
    return new Facts(List.of(facts));
  }
}
