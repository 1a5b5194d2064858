package dev.zdd.health;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the results of one check into its status: the rules of "three failures in a row". Not
 * thread-safe: of a check it is touched by the timer thread only, of a {@link HealthSignal} under
 * that one's lock; everybody else reads the {@link CheckSnapshot}s that it makes.
 */
final class CheckState {
  /** How many transitions are kept for whoever asks what happened. */
  static final int TRANSITIONS_KEPT = 5;

  private final Probe probe;
  private final String name;
  private final CheckOptions options;
  private final Deque<HealthChange> transitions = new ArrayDeque<>();

  private Status status;
  private @Nullable String reason;
  private Instant since;
  private long sinceReading;
  private @Nullable Instant lastSuccess;
  private @Nullable Long heldUntil;
  private int failures;
  private int successes;
  private Duration duration = Duration.ZERO;
  private long resultAt;
  private @Nullable Long runningSince;

  CheckState(Probe probe, String name, CheckOptions options, long now, Instant wall) {
    this.probe = probe;
    this.name = name;
    this.options = options;
    // Before the first result nobody restarts the process, and nobody sends it requests.
    this.status = probe == Probe.LIVENESS ? Status.UP : Status.UNKNOWN;
    this.reason = probe == Probe.LIVENESS ? null : "no result yet";
    this.since = wall;
    this.sinceReading = now;
    this.resultAt = now;
  }

  void began(long now) {
    runningSince = now;
  }

  void ended() {
    runningSince = null;
  }

  /**
   * Counts one result.
   *
   * @return the change that it brought, or null
   */
  @Nullable HealthChange settle(HealthResult result, Duration took, long now, Instant wall) {
    resultAt = now;
    duration = took;
    reason = result.reason();
    boolean ok = result.status().isOk();
    // Any success starts the count of failures anew, and the other way round: "in a row".
    failures = ok ? 0 : failures + 1;
    successes = ok ? successes + 1 : 0;
    if (ok) {
      lastSuccess = wall;
    }
    Status next = judge(result.status());
    hold(next, now);
    return next == status ? null : change(next, now, wall);
  }

  private Status judge(Status found) {
    if (status == Status.UNKNOWN) {
      return found; // The first result: there is nothing that it could be a blip of.
    }
    if (found.isOk()) {
      return status.isOk() || successes >= options.successesToUp() ? found : status;
    }
    return failures >= options.failuresToDown() ? Status.DOWN : status;
  }

  // From its fall on, and only if it was up before: see CheckOptions.shared.
  private void hold(Status next, long now) {
    if (next != Status.DOWN) {
      heldUntil = null;
    } else if (status.isOk() && lastSuccess != null && options.hold() != null) {
      // FOREVER does not fit into nanoseconds; half of what does is 146 years.
      boolean fits = options.hold().compareTo(Duration.ofNanos(Long.MAX_VALUE / 2)) < 0;
      heldUntil = now + (fits ? options.hold().toNanos() : Long.MAX_VALUE / 2);
    }
  }

  private HealthChange change(Status next, long now, Instant wall) {
    Duration lasted = Duration.ofNanos(now - sinceReading);
    HealthChange change = new HealthChange(probe, name, status, next, reason, wall, lasted);
    status = next;
    since = wall;
    sinceReading = now;
    if (transitions.size() == TRANSITIONS_KEPT) {
      transitions.removeFirst();
    }
    transitions.addLast(change);
    return change;
  }

  /** Whether the next results may change the status, so that it is worth looking sooner. */
  boolean isPending() {
    if (status.isOk()) {
      return failures > 0;
    }
    // A start waits for this check, and a deployment for the start.
    return successes > 0 || probe == Probe.STARTUP;
  }

  /** Whether it has reached what it waits for and is not run again: a startup check that was up. */
  boolean isLatched() {
    return probe == Probe.STARTUP && status.isOk();
  }

  CheckSnapshot snapshot(@Nullable Long nextRunAt) {
    Long believedUntil = isLatched() ? null : (Long) (resultAt + options.staleAfter().toNanos());
    return snapshot(nextRunAt, believedUntil);
  }

  /** One that is not run, and so never too old. */
  CheckSnapshot snapshot() {
    return snapshot(null, null);
  }

  private CheckSnapshot snapshot(@Nullable Long nextRunAt, @Nullable Long believedUntil) {
    return new CheckSnapshot(
        probe,
        name,
        options,
        status,
        reason,
        since,
        lastSuccess,
        failures,
        duration,
        List.copyOf(transitions),
        resultAt,
        believedUntil,
        heldUntil,
        nextRunAt,
        runningSince);
  }
}
