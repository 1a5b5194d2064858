package dev.zdd.health;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One check at one moment. The readings are of the {@link dev.zdd.core.Ticker} that {@link Health}
 * was built with: they say how long ago, or how soon, and a step of the wall clock does not move
 * them.
 *
 * @param probe the probe it belongs to
 * @param name its name
 * @param options how it is run and judged
 * @param status what is said of it: changes only after enough runs in a row
 * @param reason why it is not up, or why its last run failed; of an exception the type only
 * @param since when it took on this status, by the wall clock
 * @param lastSuccess when a run last succeeded, by the wall clock; null if none has
 * @param consecutiveFailures how many runs have failed since the last one that succeeded
 * @param duration how long the last run took
 * @param transitions its last changes, at most {@value CheckState#TRANSITIONS_KEPT}, oldest first
 * @param resultAt the reading at the last result, or, before the first, at the start
 * @param believedUntil the reading after which the last result is too old to be believed; null if
 *     it will not be: of a signal, and of a startup check that was up
 * @param heldUntil the reading until which it only degrades its probe although it is down ({@link
 *     CheckOptions#shared()}); null if it is not held
 * @param nextRunAt the reading at which it runs next; null while it runs, and when it will not run
 *     again
 * @param runningSince the reading at which the present run began; null while it does not run
 */
public record CheckSnapshot(
    Probe probe,
    String name,
    CheckOptions options,
    Status status,
    @Nullable String reason,
    Instant since,
    @Nullable Instant lastSuccess,
    int consecutiveFailures,
    Duration duration,
    List<HealthChange> transitions,
    long resultAt,
    @Nullable Long believedUntil,
    @Nullable Long heldUntil,
    @Nullable Long nextRunAt,
    @Nullable Long runningSince) {
  /** Copies the transitions. */
  public CheckSnapshot {
    transitions = List.copyOf(transitions);
  }

  boolean isStale(long now) {
    return believedUntil != null && now - believedUntil > 0;
  }

  CheckSnapshot asUnknown() {
    return new CheckSnapshot(
        probe,
        name,
        options,
        Status.UNKNOWN,
        "the last result is too old",
        since,
        lastSuccess,
        consecutiveFailures,
        duration,
        transitions,
        resultAt,
        believedUntil,
        heldUntil,
        nextRunAt,
        runningSince);
  }
}
