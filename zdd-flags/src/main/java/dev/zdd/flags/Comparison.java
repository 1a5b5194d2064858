package dev.zdd.flags;

import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;

/** Says whether an attribute that is there is like one of a condition's values. */
@FunctionalInterface
interface Comparison {
  /**
   * Whether it is.
   *
   * @throws StepBound.ExceededException if that took too many steps to tell
   */
  boolean test(Object attribute);

  /** Of the attribute's text; if it has several, of any of them. */
  static Comparison ofTexts(Predicate<String> test) {
    return attribute -> {
      if (attribute instanceof List<?> several) {
        for (Object one : several) {
          if (test.test(text(one))) {
            return true;
          }
        }
        return false;
      }
      return test.test(text(attribute));
    };
  }

  /** The text that JSON gives to an attribute; ISO 8601 for a moment. */
  static String text(Object attribute) {
    // A moment's text is ISO 8601; a whole double's is not to depend on who made a number of it.
    return attribute instanceof Double number && number == Math.rint(number)
        ? Decimals.plain(number)
        : attribute instanceof Instant moment ? moment.toString() : String.valueOf(attribute);
  }
}
