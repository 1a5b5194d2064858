package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Jobs on a schedule, as something to drain: they take their work from the clock. At T0 no further
 * run of a periodic job starts, the runs that are under way finish (SETTLE waits for them), and at
 * T2 what still runs is interrupted.
 *
 * <pre>{@code
 * ScheduledThreadPoolExecutor jobs = new ScheduledThreadPoolExecutor(2);
 * builder.server("jobs", ScheduledJobs.of(jobs));
 * }</pre>
 *
 * <p>What was to run once: if its time has come and it only waits for a thread, it runs. If not, it
 * is cancelled, and how many there were is logged as a warning: a process that ends keeps no
 * promises for later, so such work belongs in a database or a queue.
 *
 * <p>A request that is served during the drain and schedules something gets the {@link
 * RejectedExecutionException} at once, in its own thread, where it can still do the work itself,
 * store it, or say no. Nothing is dropped in silence. A scheduler that requests need to the end
 * (for their timeouts, say) is therefore not for this class: close it as a step by {@link
 * ExecutorClose}, with {@link
 * ScheduledThreadPoolExecutor#setExecuteExistingDelayedTasksAfterShutdownPolicy} false.
 *
 * <p>A scheduler that hides its queue ({@code Executors.newSingleThreadScheduledExecutor()},
 * Quartz, a framework's) is served by {@link #job}.
 */
public final class ScheduledJobs implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(ScheduledJobs.class);

  private final ScheduledThreadPoolExecutor executor;
  private final WorkerThreads threads;

  private ScheduledJobs(ScheduledThreadPoolExecutor executor) {
    this.executor = requireNonNull(executor, "executor");
    this.threads = WorkerThreads.of(executor);
  }

  /**
   * The jobs of {@code executor}, to be drained like a server. Its policies for what happens after
   * its shutdown are set at T0, its thread factory is wrapped now.
   */
  public static ScheduledJobs of(ScheduledThreadPoolExecutor executor) {
    return new ScheduledJobs(executor);
  }

  /**
   * A run of a job that keeps to the lifecycle under any scheduler: it does nothing from T0 on, and
   * one that is under way is in flight (as "job" and its name), so that SETTLE waits for it and the
   * report names it if it is stuck. It is not interrupted; what {@code run} throws is thrown.
   *
   * @param name what the report calls it
   */
  public static Runnable job(Lifecycle lifecycle, String name, Runnable run) {
    InFlight inFlight = requireNonNull(lifecycle, "lifecycle").inFlight();
    requireNonNull(name, "name");
    requireNonNull(run, "run");
    return () -> {
      // T0 may fall between this look and begin(): then it is a run that began at T0, and is waited
      // for, since the gate closes only when nothing is inside.
      if (lifecycle.isLeaving()) {
        return;
      }
      long ticket = inFlight.begin("job", name);
      if (ticket == InFlight.REFUSED) {
        return;
      }
      try {
        run.run();
      } finally {
        inFlight.end(ticket);
      }
    };
  }

  @Override
  public void announce() {
    // Both before the shutdown, which acts on them. With false a task that is due still runs: only
    // those whose delay is not over are cancelled.
    executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    long later = executor.getQueue().stream().filter(ScheduledJobs::isOnceAndLater).count();
    executor.shutdown();
    if (later > 0) {
      log.warn("scheduled for later, and cancelled by the shutdown: {}", later);
    }
  }

  /** Nothing: its door closed with the announcement. */
  @Override
  public void unbind() {}

  /** How many runs are under way or due. */
  @Override
  public int open() {
    if (executor.isTerminated()) {
      return 0;
    }
    int known = executor.getActiveCount();
    if (executor.isShutdown()) {
      // What is still queued is due. A run that has left the queue and is not active yet is in
      // neither count, but then the executor has not terminated.
      known = Math.max(1, known + executor.getQueue().size());
    }
    return known;
  }

  /** Nothing: a job is never idle. */
  @Override
  public int closeIdle(Duration idle) {
    return 0;
  }

  /**
   * Interrupts what still runs and waits for it for 0.5 s. Without an {@link #announce} before (as
   * a closing step) it gets 3.5 s to finish first.
   *
   * @throws TimeoutException if something was interrupted; it says what, as {@link
   *     ExecutorClose#close} does
   */
  @Override
  public void close() throws TimeoutException {
    Duration bound = executor.isShutdown() ? Duration.ZERO : ExecutorClose.FINISH;
    announce();
    if (!ExecutorClose.ended(executor, bound)) {
      throw ExecutorClose.cut(executor, threads, "jobs not finished in time");
    }
  }

  private static boolean isOnceAndLater(Runnable task) {
    return task instanceof RunnableScheduledFuture<?> future
        && !future.isPeriodic()
        && !future.isCancelled()
        && future.getDelay(TimeUnit.NANOSECONDS) > 0;
  }
}
