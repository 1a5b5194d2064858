package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;

/** What stands in a cell or beside a name: text, a time, a badge, a small picture. */
public sealed interface Value
    permits Value.Text, Value.Moment, Value.Length, Badge, Bar, Timeline, Link {
  /** Plain text, whatever is in it: it is escaped, and cut if it is very long. */
  record Text(String text) implements Value {
    /** Refuses null. */
    public Text {
      requireNonNull(text, "text");
    }
  }

  /** A moment by the wall clock, shown in UTC and as how long ago it was. */
  record Moment(Instant at) implements Value {
    /** Refuses null. */
    public Moment {
      requireNonNull(at, "at");
    }
  }

  /** A length of time, shown as roughly as a person wants it: "3 min 20 s". */
  record Length(Duration length) implements Value {
    /** Refuses null. */
    public Length {
      requireNonNull(length, "length");
    }
  }

  /** Plain text. */
  static Value of(String text) {
    return new Text(text);
  }

  /** A number. */
  static Value of(long number) {
    return new Text(Long.toString(number));
  }

  /** A moment by the wall clock. */
  static Value of(Instant at) {
    return new Moment(at);
  }

  /** A length of time. */
  static Value of(Duration length) {
    return new Length(length);
  }
}
