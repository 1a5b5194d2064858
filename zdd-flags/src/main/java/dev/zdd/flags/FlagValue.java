package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;

/** What a variant stands for. All variants of a flag have values of the same kind. */
public sealed interface FlagValue {
  /** A text. */
  record Text(String text) implements FlagValue {
    /** Refuses null. */
    public Text {
      requireNonNull(text, "text");
    }

    @Override
    public String toString() {
      return Quoted.of(text);
    }
  }

  /** A number, as exactly as it was written, and no larger than a double can be. */
  record Numeric(BigDecimal number) implements FlagValue {
    /** Refuses a larger one. */
    public Numeric {
      if (Double.isInfinite(number.doubleValue())) {
        throw new IllegalArgumentException(
            "value: " + Quoted.of(number.toString()) + " (expected: a number within a double's)");
      }
    }

    @Override
    public String toString() {
      return number.toString();
    }
  }

  /** An object or an array, as JSON text without needless space. */
  record Json(String json) implements FlagValue {
    /** Refuses what is neither. */
    public Json {
      if (!JsonText.isStructure(json)) {
        throw new IllegalArgumentException(
            "value: " + Quoted.of(json) + " (expected: a JSON object or array)");
      }
    }

    @Override
    public String toString() {
      return Quoted.of(json);
    }
  }

  /** The value as JSON text: a text in quotes, a number as it was written. */
  default String asJson() {
    return JsonText.of(this);
  }

  /** "text", "number" or "JSON", for a message. */
  default String kind() {
    return this instanceof Text ? "text" : this instanceof Numeric ? "number" : "JSON";
  }
}
