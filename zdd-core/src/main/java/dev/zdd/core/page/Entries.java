package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * Things of the same kind of which much is known: each is a line that opens.
 *
 * @param caption what they are
 * @param entries the things, the most important first
 * @param more how many there are that were left out
 */
public record Entries(String caption, List<Entry> entries, int more) implements Block {
  /** Copies the entries. */
  public Entries {
    requireNonNull(caption, "caption");
    entries = List.copyOf(entries);
    if (more < 0) {
      throw new IllegalArgumentException("more: " + more + " (expected: >= 0)");
    }
  }
}
