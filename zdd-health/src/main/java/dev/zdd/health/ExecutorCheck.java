package dev.zdd.health;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * See {@link Checks#executor}. No lock: a check never runs concurrently with itself, and each run
 * happens after the last.
 */
final class ExecutorCheck implements LocalCheck {
  private static final Logger log = LoggerFactory.getLogger(ExecutorCheck.class);

  private final Executor executor;
  private final Duration limit;

  // One at a time: an executor that does not keep up is not given more to do by its check.
  private @Nullable Heartbeat waiting;
  private volatile @Nullable Thread lastThread;
  private long unwell;
  private boolean isUnwell;
  private boolean logged;

  ExecutorCheck(Executor executor, Duration limit) {
    this.executor = executor;
    this.limit = limit;
  }

  @Override
  public HealthResult check() throws InterruptedException {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws InterruptedException {
    if (executor instanceof ExecutorService service && service.isShutdown()) {
      return HealthResult.down("the executor has been shut down");
    }
    long now = System.nanoTime();
    if (!isUnwell) {
      unwell = now;
    }
    isUnwell = !beats(timeout);
    if (!isUnwell) {
      logged = false;
      return HealthResult.up();
    }
    Duration age = Duration.ofNanos(System.nanoTime() - unwell);
    if (age.compareTo(limit) < 0) {
      return HealthResult.up();
    }
    logStack();
    return HealthResult.down(
        "no task has been run for "
            + CheckOptions.seconds(age)
            + " (expected: one within "
            + CheckOptions.seconds(limit)
            + ")");
  }

  private boolean beats(Duration timeout) throws InterruptedException {
    Heartbeat beat = waiting;
    if (beat == null) {
      beat = new Heartbeat();
      try {
        executor.execute(beat);
      } catch (RejectedExecutionException e) {
        return false; // its queue is full; for how long is what counts
      }
      waiting = beat;
    }
    // Not the whole of the timeout, so that it is we who give up, with a reason.
    if (!beat.done.await(timeout.toNanos() * 9 / 10, TimeUnit.NANOSECONDS)) {
      return false;
    }
    waiting = null;
    return true;
  }

  private void logStack() {
    Thread thread = lastThread;
    if (logged || thread == null) {
      return;
    }
    logged = true;
    log.warn(
        "an executor has run no task within {}; {}, which ran the last one, is at\n{}",
        CheckOptions.seconds(limit),
        thread.getName(),
        CheckThreads.stackOf(thread));
  }

  private final class Heartbeat implements Runnable {
    final CountDownLatch done = new CountDownLatch(1);

    @Override
    public void run() {
      lastThread = Thread.currentThread();
      done.countDown();
    }
  }
}
