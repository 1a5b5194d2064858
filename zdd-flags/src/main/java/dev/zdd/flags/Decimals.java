package dev.zdd.flags;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Reads numbers of conditions and attributes. */
final class Decimals {
  // The text of every double is shorter. Also bounds what comparing two of them can take.
  private static final int LONGEST = 40;

  private Decimals() {}

  /**
   * The value of a condition.
   *
   * @throws IllegalArgumentException if it is no number
   */
  static BigDecimal required(String value) {
    BigDecimal number = parse(value);
    if (number == null) {
      throw new IllegalArgumentException(
          "values: " + Quoted.of(value) + " (expected: a decimal number, as -1.5)");
    }
    return number;
  }

  /** An attribute's; null if it is no number. */
  static @Nullable BigDecimal of(Object attribute) {
    if (attribute instanceof Long whole) {
      return BigDecimal.valueOf(whole);
    }
    if (attribute instanceof Double number) {
      return BigDecimal.valueOf(number);
    }
    return attribute instanceof String text ? parse(text) : null;
  }

  /** Without an exponent, and without a point if it is whole. */
  static String plain(double number) {
    return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
  }

  private static @Nullable BigDecimal parse(String text) {
    try {
      return text.length() > LONGEST ? null : new BigDecimal(text);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
