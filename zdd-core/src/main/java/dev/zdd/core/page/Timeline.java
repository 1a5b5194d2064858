package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * What something was, one after the other, and for how long each: a small picture, and the same as
 * text. The picture's widths grow with the logarithm of the time, so that a failure of seconds is
 * seen beside a week of peace.
 *
 * @param intervals oldest first; the last one goes on
 */
public record Timeline(List<Interval> intervals) implements Value {
  /**
   * One stretch of it.
   *
   * @param badge what it was
   * @param from when it began, by the wall clock
   * @param length how long it lasted, or has lasted so far
   * @param note why, in words; empty if there is nothing to say
   */
  public record Interval(Badge badge, Instant from, Duration length, String note) {
    /** Refuses null. */
    public Interval {
      requireNonNull(badge, "badge");
      requireNonNull(from, "from");
      requireNonNull(length, "length");
      requireNonNull(note, "note");
    }
  }

  /** Copies the intervals. */
  public Timeline {
    intervals = List.copyOf(intervals);
  }
}
