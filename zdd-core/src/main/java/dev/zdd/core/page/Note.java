package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

/**
 * A sentence.
 *
 * @param text the sentence
 */
public record Note(String text) implements Block {
  /** Refuses null. */
  public Note {
    requireNonNull(text, "text");
  }
}
