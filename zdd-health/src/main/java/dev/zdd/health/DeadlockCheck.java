package dev.zdd.health;

import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** See {@link Checks#deadlock()}. */
final class DeadlockCheck implements LocalCheck {
  private static final Logger log = LoggerFactory.getLogger(DeadlockCheck.class);

  private final ThreadMXBean threads;

  // No lock: a check never runs concurrently with itself, and each run happens after the last.
  private long[] known = {};

  DeadlockCheck(ThreadMXBean threads) {
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
