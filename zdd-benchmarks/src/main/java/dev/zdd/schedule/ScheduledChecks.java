package dev.zdd.schedule;

import com.sun.management.OperatingSystemMXBean;
import dev.zdd.core.Lifecycle;
import dev.zdd.health.Health;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs many checks that do next to nothing, with all settings as they are by default, and prints
 * how much processor time this whole process takes and when the checks ran.
 */
public final class ScheduledChecks {
  private ScheduledChecks() {}

  /**
   * Runs the checks, and tells what they took.
   *
   * @param args the number of checks, the seconds that are measured, and those before them, in
   *     which the JIT compiles what runs 200 times a second only
   */
  public static void main(String[] args) throws InterruptedException {
    int checks = Integer.parseInt(args[0]);
    int seconds = Integer.parseInt(args[1]);
    int warm = Integer.parseInt(args[2]);
    Starts starts = new Starts();
    List<TimedCheck> timed = new ArrayList<>();
    Health.Builder builder = Health.builder(new Lifecycle());
    for (int i = 0; i < checks; i++) {
      TimedCheck check = new TimedCheck(starts);
      timed.add(check);
      builder.readiness("check-" + i, check);
    }
    try (Health health = builder.start()) {
      DueTimes due = new DueTimes(health, timed);
      due.follow(Duration.ofSeconds(warm));
      starts.reset();
      long cpu = cpuNanos();
      long began = System.nanoTime();
      due.follow(Duration.ofSeconds(seconds));
      double spent = cpuNanos() - cpu;
      double percent = 100 * spent / (System.nanoTime() - began);
      System.out.printf(
          "%,d checks on JDK %s, %d s: %.2f %% of one processor, %.0f microseconds a run%n",
          checks,
          System.getProperty("java.version"),
          seconds,
          percent,
          spent / 1000 / Math.max(1, starts.count()));
      starts.print(seconds);
    }
  }

  /** Of the whole process: checks, timer, JIT, collector. */
  private static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
