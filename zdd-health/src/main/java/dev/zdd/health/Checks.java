package dev.zdd.health;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ready-made checks that need nothing but the JDK. */
public final class Checks {
  private static final Logger log = LoggerFactory.getLogger(Checks.class);

  private Checks() {}

  /**
   * Down when platform threads have locked each other out: a state that only a restart ends. The
   * threads and what they wait for are logged when a deadlock is first seen. The JVM does not find
   * deadlocks of virtual threads, so neither does this.
   */
  public static LocalCheck deadlock() {
    return new Deadlock(ManagementFactory.getThreadMXBean());
  }

  private static final class Deadlock implements LocalCheck {
    private final ThreadMXBean threads;

    // No lock: a check never runs concurrently with itself, and each run happens after the last.
    private long[] known = {};

    Deadlock(ThreadMXBean threads) {
      this.threads = threads;
    }

    @Override
    public HealthResult check() {
      long[] ids = threads.findDeadlockedThreads();
      if (ids == null) {
        return HealthResult.up();
      }
      ThreadInfo[] infos = threads.getThreadInfo(ids, true, true);
      if (!Arrays.equals(ids, known)) {
        known = ids;
        String dump = Arrays.stream(infos).map(String::valueOf).collect(Collectors.joining());
        log.error("{} threads are deadlocked:\n{}", ids.length, dump);
      }
      return HealthResult.down(ids.length + " threads are deadlocked");
    }
  }
}
