package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.util.List;

/**
 * A whole and its parts, as one bar with a legend: the phases of a drain within its deadline, the
 * variants of a flag. What the parts leave over stays empty.
 *
 * @param parts the parts from left to right
 * @param rest what the part that is left over is called, with its amount: "left 12 s"; empty if
 *     there is nothing to say of it
 */
public record Bar(List<Part> parts, String rest) implements Value {
  /**
   * One part.
   *
   * @param word what it is, with its amount: "announce 5.1 s"
   * @param share how much of the whole, from 0 to 1
   */
  public record Part(String word, double share) {
    /** Refuses a share that is none. */
    public Part {
      requireNonNull(word, "word");
      if (!(share >= 0 && share <= 1)) {
        throw new IllegalArgumentException("share: " + share + " (expected: 0 to 1)");
      }
    }
  }

  /** Copies the parts. */
  public Bar {
    parts = List.copyOf(parts);
    requireNonNull(rest, "rest");
  }
}
