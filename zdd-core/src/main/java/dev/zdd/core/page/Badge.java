package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

/**
 * A word that says how something is, in the colour of its tone.
 *
 * @param tone the colour
 * @param word the word, which must do without the colour: "down"
 */
public record Badge(Tone tone, String word) implements Value {
  /** Refuses null. */
  public Badge {
    requireNonNull(tone, "tone");
    requireNonNull(word, "word");
  }
}
