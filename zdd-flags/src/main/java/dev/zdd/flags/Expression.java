package dev.zdd.flags;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Reads regular expressions, but for those whose time no {@link StepBound} could bound. */
final class Expression {
  /**
   * At a text's end {@link Pattern} looks at no character, so no step is counted: there it tries
   * all ways in which the groups can match nothing. So many take some milliseconds.
   */
  private static final int MOST_WAYS = 100_000;

  private static final int LONGEST = 10_000;

  private Expression() {}

  /**
   * The value of a condition.
   *
   * @throws IllegalArgumentException if it is no expression, or could take for ever
   */
  static Pattern required(String value, boolean ignoreCase) {
    if (value.length() > LONGEST || ways(value) > MOST_WAYS) {
      throw refused(value, "with fewer groups and alternatives");
    }
    try {
      return Pattern.compile(
          value, ignoreCase ? Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE : 0);
    } catch (PatternSyntaxException e) {
      throw refused(value, Quoted.line(e.getDescription()));
    }
  }

  private static IllegalArgumentException refused(String value, String why) {
    return new IllegalArgumentException(
        "values: " + Quoted.of(value) + " (expected: a regular expression; " + why + ")");
  }

  /**
   * At least as many ways as the groups can match nothing in: each by one of its alternatives or,
   * if it may be left out, by none. Takes a parenthesis within brackets for a group's, too.
   */
  private static long ways(String value) {
    Deque<Integer> alternatives = new ArrayDeque<>(); // of the groups that are open
    long ways = 1;
    int outermost = 1;
    for (int n = 0; n < value.length() && ways <= MOST_WAYS; n++) {
      switch (value.charAt(n)) {
        case '\\' -> n++;
        case '(' -> alternatives.push(1);
        case ')' -> ways *= alternatives.isEmpty() ? 1 : alternatives.pop() + 1;
        case '|' -> {
          if (alternatives.isEmpty()) {
            outermost++;
          } else {
            alternatives.push(alternatives.pop() + 1);
          }
        }
        default -> {}
      }
    }
    return ways * outermost;
  }
}
