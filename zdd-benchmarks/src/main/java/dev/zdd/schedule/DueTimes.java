package dev.zdd.schedule;

import dev.zdd.health.CheckSnapshot;
import dev.zdd.health.Health;
import dev.zdd.health.Probe;
import java.time.Duration;
import java.util.List;

/**
 * Reads when each check is due from what anybody may see, every two seconds, and tells the check.
 */
final class DueTimes {
  private static final long PAUSE_MILLIS = 2000;

  private final Health health;
  private final List<TimedCheck> checks;

  DueTimes(Health health, List<TimedCheck> checks) {
    this.health = health;
    this.checks = checks;
  }

  void follow(Duration time) throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      Thread.sleep(PAUSE_MILLIS);
      List<CheckSnapshot> snapshots = health.snapshot(Probe.READINESS).checks();
      long now = System.nanoTime();
      for (int i = 0; i < checks.size(); i++) {
        Long due = snapshots.get(i).nextRunAt();
        // What is due already may have started before this is told.
        if (due != null && due - now > Duration.ofMillis(PAUSE_MILLIS).toNanos() / 40) {
          checks.get(i).dueAt(due);
        }
      }
    }
  }
}
