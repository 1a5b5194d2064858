package dev.zdd.flags;

import dev.openfeature.sdk.Value;
import java.math.BigDecimal;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A type that OpenFeature asks for, and which variants have it.
 *
 * @param name for a message
 * @param kind whether variants of this kind can have it at all
 * @param reading what a variant of that kind is in this type; null if it is nothing in it
 */
record OpenFeatureType<T>(
    String name, Predicate<FlagValue> kind, Function<FlagValue, @Nullable T> reading) {
  static final OpenFeatureType<String> STRING =
      new OpenFeatureType<>(
          "a string",
          value -> value instanceof FlagValue.Text,
          value -> ((FlagValue.Text) value).text());

  static final OpenFeatureType<Integer> INTEGER =
      number("a whole number of 32 bits", BigDecimal::intValueExact);

  static final OpenFeatureType<Long> LONG =
      number("a whole number of 64 bits", BigDecimal::longValueExact);

  static final OpenFeatureType<Double> DOUBLE =
      number("a double", BigDecimal::doubleValue); // no value is larger than one, see FlagValue

  static final OpenFeatureType<Value> OBJECT =
      new OpenFeatureType<>(
          "an object", value -> true, value -> OpenFeatureJson.read(value.asJson()));

  private static <N> OpenFeatureType<N> number(
      String name, Function<BigDecimal, @Nullable N> reading) {
    return new OpenFeatureType<>(
        name,
        value -> value instanceof FlagValue.Numeric,
        value -> {
          try {
            return reading.apply(((FlagValue.Numeric) value).number());
          } catch (ArithmeticException e) { // it is not a whole number, or a larger one
            return null;
          }
        });
  }
}
