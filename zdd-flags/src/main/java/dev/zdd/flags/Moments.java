package dev.zdd.flags;

import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Reads moments of documents and attributes: ISO 8601 with an offset, or a day in UTC. */
final class Moments {
  private static final int DAY_LENGTH = 10;
  private static final int LONGEST = 50;

  private Moments() {}

  /**
   * The value of a condition.
   *
   * @throws IllegalArgumentException if it is no moment
   */
  static Instant required(String value) {
    Instant moment = parse(value);
    if (moment == null) {
      throw new IllegalArgumentException(
          "values: "
              + Quoted.of(value)
              + " (expected: a moment, as 2027-01-31T08:00:00Z, or a day, as 2027-01-31)");
    }
    return moment;
  }

  /** An attribute's; null if it is no moment. */
  static @Nullable Instant of(Object attribute) {
    return attribute instanceof Instant moment
        ? moment
        : attribute instanceof String text ? parse(text) : null;
  }

  static @Nullable Instant parse(String text) {
    if (text.length() > LONGEST) {
      return null;
    }
    try {
      return text.length() == DAY_LENGTH
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
