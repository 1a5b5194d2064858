package dev.zdd.health;

import java.math.BigDecimal;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How one check is run and judged. Immutable: each method returns a changed copy, and {@link
 * Health.Builder} is given a function from the defaults to what is wanted ({@code c ->
 * c.every(Duration.ofSeconds(10)).optional()}). Settings are verified when the check is registered.
 *
 * @param every from the start of one run to the start of the next, ± {@value #JITTER_PERCENT} %
 *     drawn anew for each run, so that replicas do not ask in step; default {@value
 *     #DEFAULT_EVERY_SECONDS} s
 * @param timeout when a run counts as failed; default {@value #DEFAULT_TIMEOUT_SECONDS} s, at most
 *     {@code every}
 * @param failuresToDown failed runs in a row until the check is down; default {@value
 *     #DEFAULT_FAILURES}
 * @param successesToUp successful runs in a row until it is up again; default {@value
 *     #DEFAULT_SUCCESSES}
 * @param recheck from the end of one run to the start of the next while a change is pending; no
 *     effect if longer than {@code every}; default {@value #DEFAULT_RECHECK_SECONDS} s
 * @param required whether the probe depends on it
 * @param hold how long the probe is only degraded by it once it is down; null, the default, if it
 *     is not {@link #shared()}
 * @param interrupted whether a run that reached its timeout is interrupted
 */
public record CheckOptions(
    Duration every,
    Duration timeout,
    int failuresToDown,
    int successesToUp,
    Duration recheck,
    boolean required,
    @Nullable Duration hold,
    boolean interrupted) {
  /** The default of {@link #every}, in seconds. */
  public static final int DEFAULT_EVERY_SECONDS = 5;

  /** The default of {@link #timeout}, in seconds. */
  public static final int DEFAULT_TIMEOUT_SECONDS = 1;

  /** The default of {@link #failuresToDown}. */
  public static final int DEFAULT_FAILURES = 3;

  /** The default of {@link #successesToUp}. */
  public static final int DEFAULT_SUCCESSES = 2;

  /** The default of {@link #recheck}, in seconds. */
  public static final int DEFAULT_RECHECK_SECONDS = 1;

  /** The default of {@link #hold} of a {@link #shared()} check, in minutes. */
  public static final int DEFAULT_HOLD_MINUTES = 5;

  /** A {@link #hold} that does not end. */
  public static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

  /** By how much an interval is drawn longer or shorter, in percent. */
  public static final int JITTER_PERCENT = 20;

  private static final Duration SHORTEST = Duration.ofMillis(10);
  private static final Duration LONGEST = Duration.ofDays(1);

  // What a busy machine may take over all the steps below: waking the timer, starting threads.
  private static final Duration LATENESS = Duration.ofMillis(500);

  static final CheckOptions DEFAULTS =
      new CheckOptions(
          Duration.ofSeconds(DEFAULT_EVERY_SECONDS),
          Duration.ofSeconds(DEFAULT_TIMEOUT_SECONDS),
          DEFAULT_FAILURES,
          DEFAULT_SUCCESSES,
          Duration.ofSeconds(DEFAULT_RECHECK_SECONDS),
          true,
          null,
          true);

  /** Runs it at this interval; 10 ms to a day. */
  public CheckOptions every(Duration interval) {
    return new CheckOptions(
        interval, timeout, failuresToDown, successesToUp, recheck, required, hold, interrupted);
  }

  /** Fails a run at this age; 10 ms to {@link #every()}. */
  public CheckOptions timeout(Duration limit) {
    return new CheckOptions(
        every, limit, failuresToDown, successesToUp, recheck, required, hold, interrupted);
  }

  /** Takes it down after so many failures in a row; 1 or more. */
  public CheckOptions failuresToDown(int failures) {
    return new CheckOptions(
        every, timeout, failures, successesToUp, recheck, required, hold, interrupted);
  }

  /** Takes it up again after so many successes in a row; 1 or more. */
  public CheckOptions successesToUp(int successes) {
    return new CheckOptions(
        every, timeout, failuresToDown, successes, recheck, required, hold, interrupted);
  }

  /** Runs it at this interval while a change is pending; 10 ms to a day. */
  public CheckOptions recheck(Duration interval) {
    return new CheckOptions(
        every, timeout, failuresToDown, successesToUp, interval, required, hold, interrupted);
  }

  /** Lets it degrade the probe at worst, never fail it. */
  public CheckOptions optional() {
    return new CheckOptions(
        every, timeout, failuresToDown, successesToUp, recheck, false, hold, interrupted);
  }

  /** {@link #shared(Duration)}, for {@value #DEFAULT_HOLD_MINUTES} minutes. */
  public CheckOptions shared() {
    return shared(Duration.ofMinutes(DEFAULT_HOLD_MINUTES));
  }

  /**
   * Marks what every replica of the service needs alike: a database, say. When that fails, all
   * replicas would leave the balancer at the same moment, and nothing would answer any more, not
   * even with an error page or what needs no database. So the probe is only degraded for the time
   * given, and fails if the check is down longer than that. A check that has not been up since the
   * process began is not held: it may be this replica's own fault (its configuration), and a
   * rolling deployment must stop there.
   *
   * @param hold up to a day, or {@link #FOREVER}
   */
  public CheckOptions shared(Duration hold) {
    return new CheckOptions(
        every, timeout, failuresToDown, successesToUp, recheck, required, hold, interrupted);
  }

  /**
   * Does not interrupt a run that reached its timeout: for a check of something in this process
   * that an interrupt would break, such as a {@link java.nio.channels.FileChannel}, which is closed
   * by it for everybody.
   */
  public CheckOptions uninterrupted() {
    return new CheckOptions(
        every, timeout, failuresToDown, successesToUp, recheck, required, hold, false);
  }

  /**
   * The longest time from the moment something fails for good until the check says so; this is the
   * one place where it is worked out. The worst case: it fails right after a run has looked. The
   * next run starts after the interval at its longest, then all the failures that it takes each run
   * into their timeout, with a recheck's pause between them. Rounded up to whole seconds with some
   * room for a busy machine. A prober's own period and threshold come on top.
   */
  public Duration detection() {
    Duration exact =
        longestInterval()
            .plus(timeout.multipliedBy(failuresToDown))
            .plus(pendingInterval().multipliedBy(failuresToDown - 1L))
            .plus(LATENESS);
    return Duration.ofSeconds(exact.plusNanos(999_999_999).toSeconds());
  }

  /** The age at which a result is no longer believed. */
  Duration staleAfter() {
    return every.multipliedBy(3).plus(timeout);
  }

  Duration pendingInterval() {
    return recheck.compareTo(every) < 0 ? recheck : every;
  }

  private Duration longestInterval() {
    return every.multipliedBy(100 + JITTER_PERCENT).dividedBy(100);
  }

  void verify() {
    verify("every", every);
    verify("timeout", timeout);
    verify("failuresToDown", failuresToDown);
    verify("successesToUp", successesToUp);
    verify("recheck", recheck);
    if (hold != null && !hold.equals(FOREVER)) {
      verify("hold", hold);
    }
    if (timeout.compareTo(every) > 0) {
      throw new IllegalArgumentException(
          "timeout: " + timeout + " (expected: <= every " + every + ")");
    }
  }

  private static void verify(String setting, Duration value) {
    if (value.compareTo(SHORTEST) < 0 || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          setting + ": " + value + " (expected: " + SHORTEST + " to " + LONGEST + ")");
    }
  }

  private static void verify(String setting, int count) {
    if (count < 1 || count > 1000) {
      throw new IllegalArgumentException(setting + ": " + count + " (expected: 1 to 1000)");
    }
  }

  /** "5 s", "0.25 s": for the log. */
  static String seconds(Duration duration) {
    BigDecimal seconds = BigDecimal.valueOf(duration.toMillis(), 3);
    return seconds.stripTrailingZeros().toPlainString() + " s";
  }
}
