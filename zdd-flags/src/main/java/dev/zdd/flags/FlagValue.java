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

  /** A number, as exactly as it was written. */
  record Numeric(BigDecimal number) implements FlagValue {
    /** Refuses null. */
    public Numeric {
      requireNonNull(number, "number");
    }

    @Override
    public String toString() {
      return number.toString();
    }
  }

  /** An object or an array, as JSON text without needless space. */
  record Json(String json) implements FlagValue {
    /** Refuses null. */
    public Json {
      requireNonNull(json, "json");
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
