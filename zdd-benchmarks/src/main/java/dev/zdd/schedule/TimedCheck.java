package dev.zdd.schedule;

import dev.zdd.health.HealthCheck;
import dev.zdd.health.HealthResult;

/** A check that notes when it starts, and is up. */
final class TimedCheck implements HealthCheck {
  private static final long NEVER = Long.MIN_VALUE;

  private final Starts starts;
  private volatile long dueAt = NEVER;
  private long last = NEVER; // one run follows another: touched by one thread at a time

  TimedCheck(Starts starts) {
    this.starts = starts;
  }

  /** Says when the next run is due, a reading of the machine's clock. */
  void dueAt(long reading) {
    dueAt = reading;
  }

  @Override
  public HealthResult check() {
    long now = System.nanoTime();
    if (last != NEVER) {
      starts.interval(now - last);
    }
    last = now;
    long due = dueAt;
    // None is noted where nobody has looked since the last run.
    if (due != NEVER) {
      dueAt = NEVER;
      starts.lateness(now - due);
    }
    return HealthResult.up();
  }
}
