package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a shutdown did. The log's last line, the exit code and the tests read the same record.
 *
 * @param reason what began it: "SIGTERM", "JVM shutdown"
 * @param announcedUntil which evidence, or which bound, ended the announcement, in words: "every
 *     prober has been refused (10.0.0.5 HAProxy 3 of 3 times), no request for 0.5 s"
 * @param phases how long each phase took
 * @param served how many pieces of work finished between SIGTERM and the end
 * @param refused how many were refused because the gate had closed
 * @param cut what was still in flight when time was up, as "GET /orders (12.3 s)"; last, how many
 *     goodbyes were not said to the end
 * @param connectionsCut how many connections were still open when the servers were closed
 * @param idleClosed how many idle connections the server closed of its own accord. Closing an idle
 *     HTTP/1.1 connection is the one step that can lose a request that is on the wire at that
 *     moment (RFC 9112 section 9.5); the server does it only after {@link
 *     GracefulShutdown.Builder#idle}
 * @param steps how each closing step ended, in the order in which they ended
 * @param duration from SIGTERM to the end of the last step
 */
public record DrainReport(
    String reason,
    String announcedUntil,
    Map<Phase, Duration> phases,
    long served,
    long refused,
    List<String> cut,
    int connectionsCut,
    int idleClosed,
    List<StepResult> steps,
    Duration duration) {

  /**
   * How one closing step ended.
   *
   * @param name the name it was registered with
   * @param duration how long it took
   * @param error what went wrong, in words; null if nothing did
   */
  public record StepResult(String name, Duration duration, @Nullable String error) {
    /** Whether the step returned in time and threw nothing. */
    public boolean succeeded() {
      return error == null;
    }
  }

  /** Copies its collections. */
  public DrainReport {
    requireNonNull(reason, "reason");
    requireNonNull(announcedUntil, "announcedUntil");
    EnumMap<Phase, Duration> inOrder = new EnumMap<>(Phase.class);
    inOrder.putAll(phases);
    phases = Collections.unmodifiableMap(inOrder);
    cut = List.copyOf(cut);
    steps = List.copyOf(steps);
  }

  /** Whether nothing was cut, nothing refused, and every step succeeded. */
  public boolean clean() {
    return cut.isEmpty()
        && connectionsCut == 0
        && refused == 0
        && steps.stream().allMatch(StepResult::succeeded);
  }

  /** The report as JSON, in one line of ASCII; durations in milliseconds. */
  public String toJson() {
    return DrainJson.report(this);
  }

  /** The report in one line, as it is logged. */
  public String summary() {
    return (clean() ? "clean" : "NOT clean")
        + ". Since "
        + reason
        + ": served "
        + served
        + ", refused "
        + refused
        + ", cut "
        + (cut.size() + connectionsCut)
        + ", idle connections closed "
        + idleClosed
        + phases.entrySet().stream()
            .map(phase ->
                phase.getKey().name().toLowerCase(Locale.ROOT) + " " + Seconds.of(phase.getValue()))
            .collect(Collectors.joining(", ", " (", ")"));
  }
}
