package dev.zdd.health;

import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Entry;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Timeline;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A check as a page shows it.
 *
 * @param pushed whether it is a {@link HealthSignal}, which is not run
 * @param details what the reader may know
 * @param now the time by the wall clock
 * @param reading the same moment by the health's ticker
 */
record CheckLine(CheckSnapshot check, boolean pushed, Details details, Instant now, long reading) {

  Tone tone() {
    return switch (check.status()) {
      case UP -> Tone.GOOD;
      case DEGRADED -> Tone.WARNING;
      case UNKNOWN, DOWN ->
          breaks(check) && !isHeld() ? Tone.BAD : isNew(check) ? Tone.NEUTRAL : Tone.WARNING;
    };
  }

  /** Whether it is broken, and its probe needs it; not if it has only just begun. */
  static boolean breaks(CheckSnapshot check) {
    return !check.status().isOk() && check.options().required() && !isNew(check);
  }

  private static boolean isNew(CheckSnapshot check) {
    return check.lastSuccess() == null && check.consecutiveFailures() == 0;
  }

  private boolean isHeld() {
    return check.heldUntil() != null && reading - check.heldUntil() < 0;
  }

  private boolean isHung() {
    return check.runningSince() != null
        && reading - check.runningSince() > check.options().timeout().toNanos();
  }

  Entry entry() {
    Entry entry =
        Entry.of(check.name(), new Badge(tone(), check.status().label()))
            .tags(tags())
            .note(note())
            .picture(new Timeline(intervals()))
            .facts(facts());
    return entry.aside(Value.of(Duration.between(check.since(), now)));
  }

  private List<String> tags() {
    List<String> tags = new ArrayList<>();
    tags.add(check.probe().label());
    tags.add(check.options().required() ? "required" : "optional");
    if (check.options().hold() != null) {
      tags.add("shared");
    }
    if (pushed) {
      tags.add("signal");
    }
    return tags;
  }

  private String note() {
    String reason = check.reason();
    if (reason == null) {
      return "";
    }
    String shown = HealthFormat.reason(reason, details);
    boolean pending = check.status().isOk() && check.consecutiveFailures() > 0;
    return pending
        ? "failed "
            + check.consecutiveFailures()
            + " of "
            + check.options().failuresToDown()
            + " times: "
            + shown
        : shown;
  }

  private List<Fact> facts() {
    List<Fact> facts = new ArrayList<>();
    facts.add(Fact.of("since", Value.of(check.since())));
    Instant success = check.lastSuccess();
    facts.add(Fact.of("last success", success == null ? Value.of("none yet") : Value.of(success)));
    if (isHeld()) {
      facts.add(Fact.of("only degrades for", left(check.heldUntil())));
    }
    if (pushed) {
      return facts;
    }
    facts.add(
        new Fact(
            "failures in a row",
            Value.of(check.consecutiveFailures()),
            Value.of("down after " + check.options().failuresToDown())));
    facts.add(Fact.of("last run took", Value.of(check.duration())));
    facts.add(Fact.of("last result", Value.of(now.minusNanos(reading - check.resultAt()))));
    if (check.runningSince() != null) {
      Duration running = Duration.ofNanos(reading - check.runningSince());
      facts.add(
          new Fact(
              isHung() ? "hangs for" : "running for",
              Value.of(running),
              Value.of("timeout " + CheckOptions.seconds(check.options().timeout()))));
    }
    facts.add(
        Fact.of(
            "next run", check.nextRunAt() == null ? Value.of(next()) : left(check.nextRunAt())));
    facts.add(
        new Fact(
            "every",
            Value.of(check.options().every()),
            Value.of("timeout " + CheckOptions.seconds(check.options().timeout()))));
    return facts;
  }

  private String next() {
    return check.runningSince() == null ? "none" : "after this one";
  }

  private Value left(@Nullable Long until) {
    long nanos = until == null ? 0 : until - reading;
    // CheckOptions.FOREVER, as half of what nanoseconds hold.
    return nanos > Duration.ofDays(36_500).toNanos()
        ? Value.of("ever")
        : Value.of(Duration.ofNanos(Math.max(0, nanos)));
  }

  /** What it was, up to now. A result that is too old ends what was known, not what was. */
  private List<Timeline.Interval> intervals() {
    List<Timeline.Interval> intervals = new ArrayList<>();
    String reason = "";
    Status last = check.status();
    for (HealthChange change : check.transitions()) {
      Instant from = change.at().minus(change.lasted());
      intervals.add(interval(change.from(), from, change.lasted(), reason));
      reason =
          change.reason() == null || details != Details.EVERYTHING
              ? ""
              : HealthFormat.reason(change.reason(), details);
      last = change.to();
    }
    Instant since = check.since();
    Long believed = check.believedUntil();
    boolean isLost = check.status() == Status.UNKNOWN && last != Status.UNKNOWN;
    if (isLost && believed != null) {
      // The clock was read before the check was, which may have become too old in between.
      Instant lost = now.minusNanos(Math.max(0, reading - believed));
      intervals.add(interval(last, since, Duration.between(since, lost), reason));
      since = lost;
      reason = "";
    }
    intervals.add(interval(check.status(), since, Duration.between(since, now), reason));
    return intervals;
  }

  private Timeline.Interval interval(Status was, Instant from, Duration length, String why) {
    Tone tone =
        switch (was) {
          case UP -> Tone.GOOD;
          case DEGRADED -> Tone.WARNING;
          case UNKNOWN -> Tone.NEUTRAL;
          case DOWN -> Tone.BAD;
        };
    boolean back = length.isNegative(); // The wall clock was set back.
    return new Timeline.Interval(
        new Badge(tone, was.label()), from, back ? Duration.ZERO : length, why);
  }
}
