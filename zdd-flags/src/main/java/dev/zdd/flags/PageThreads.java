package dev.zdd.flags;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where a {@link FlagChangePage} waits for its store: few threads, since few people change flags,
 * and none when nobody does. They are daemons: a change that is under way when the process ends is
 * made or not, as a store does it.
 */
final class PageThreads {
  private static final int MOST = 2;
  private static final int MOST_WAITING = 32;
  private static final int IDLE_SECONDS = 10;

  private PageThreads() {}

  /** Refuses what is too much. */
  static ThreadPoolExecutor create() {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            MOST,
            MOST,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            task -> {
              Thread thread = new Thread(task, "zdd-flags-page");
              thread.setDaemon(true);
              return thread;
            });
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }
}
