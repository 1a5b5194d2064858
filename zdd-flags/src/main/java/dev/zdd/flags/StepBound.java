package dev.zdd.flags;

import java.util.regex.Pattern;

/**
 * A text that lets a regular expression look at only so many of its characters, and so bounds its
 * time: {@link Pattern} tries all ways through the text, of which an unlucky expression has
 * exponentially many. Counted and not timed, so that the same text always has the same answer.
 */
final class StepBound implements CharSequence {
  /**
   * At most some 20 ms; an expression that does not explode looks a few times at each character.
   * For each expression and text by itself.
   */
  static final int STEPS = 200_000;

  /** Too many steps. Has no stack trace: it is caught close by, on the request path. */
  static final class ExceededException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ExceededException() {
      super("more than " + STEPS + " steps", null, false, false);
    }
  }

  private final String text;
  private final int[] left;

  private StepBound(String text, int[] left) {
    this.text = text;
    this.left = left;
  }

  /**
   * Whether {@code pattern} is found in {@code text}.
   *
   * @throws ExceededException if that took too many steps to tell
   */
  static boolean find(Pattern pattern, String text) {
    try {
      return pattern.matcher(new StepBound(text, new int[] {STEPS})).find();
    } catch (StackOverflowError e) {
      // Pattern recurses for each repetition of a group: a long text is enough.
      throw new ExceededException();
    }
  }

  @Override
  public char charAt(int index) {
    if (--left[0] < 0) {
      throw new ExceededException();
    }
    return text.charAt(index);
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return new StepBound(text.substring(start, end), left);
  }

  @Override
  public String toString() {
    return text;
  }
}
