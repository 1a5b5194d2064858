package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * Closes an executor as a step of the shutdown: no new task, those that run or wait get time to
 * finish, then they are interrupted. What {@code ExecutorService.close()} (Java 19) does instead is
 * to wait for ever.
 *
 * <pre>{@code
 * builder.close("mail executor", ExecutorClose.of(executor));
 * }</pre>
 *
 * <p>Clean means that every task ran to its end undisturbed. If one was interrupted or never
 * started, {@link #close} throws and the report says so: how many never started and which threads
 * are still at work, the stack of one of them as the cause. Threads are told apart for a {@link
 * ThreadPoolExecutor} (those that it makes after {@link #of}: register it before it is used; its
 * thread factory is wrapped for that) and for a {@link ForkJoinPool}; of other executors, such as
 * the one with a virtual thread for each task, only that they have not ended.
 *
 * <p>For an executor whose tasks requests wait for. Register it before (so that it is closed after)
 * what its tasks need no longer, after what they need: pools, clients. Jobs on a schedule are
 * {@link ScheduledJobs}; a {@link java.util.concurrent.ScheduledThreadPoolExecutor} given to this
 * class would be waited for until its last delay is over.
 */
public final class ExecutorClose implements AutoCloseable {
  static final Duration FINISH = Duration.ofMillis(3_500);
  private static final Duration INTERRUPTED = Duration.ofMillis(500);

  private final ExecutorService executor;
  private final Duration finish;
  private final WorkerThreads threads;

  private ExecutorClose(ExecutorService executor, Duration finish) {
    this.executor = requireNonNull(executor, "executor");
    this.finish = requireNonNull(finish, "finish");
    if (finish.isNegative()) {
      throw new IllegalArgumentException("finish: " + finish + " (expected: >= 0)");
    }
    if (executor.equals(ForkJoinPool.commonPool())) {
      throw new IllegalArgumentException(
          "executor: ForkJoinPool.commonPool() (expected: one of the application's own; this one"
              + " cannot be shut down)");
    }
    this.threads = WorkerThreads.of(executor);
  }

  /** Closes it within 4 s: 3.5 s to finish, 0.5 s after the interrupt. A step has 5 s. */
  public static ExecutorClose of(ExecutorService executor) {
    return of(executor, FINISH);
  }

  /**
   * Closes it within {@code finish} and 0.5 s, which together should be less than the bound of a
   * step (default 5 s).
   *
   * @param finish how long tasks may take before they are interrupted; at least 0
   * @throws IllegalArgumentException if {@code finish} is negative, or for the common pool
   */
  public static ExecutorClose of(ExecutorService executor, Duration finish) {
    return new ExecutorClose(executor, finish);
  }

  /**
   * Does it. An interrupt of the calling thread, which is what the shutdown does at the step's
   * bound, ends the wait at once; the tasks are interrupted then.
   *
   * @throws TimeoutException if a task was interrupted or never started
   */
  @Override
  public void close() throws TimeoutException {
    executor.shutdown();
    if (!ended(executor, finish)) {
      throw cut(executor, threads, "not finished within " + Seconds.of(finish));
    }
  }

  /** Interrupts what is left and says in an exception what that was. */
  static TimeoutException cut(ExecutorService executor, WorkerThreads threads, String what) {
    int running = running(executor);
    long queued = executor instanceof ForkJoinPool pool ? queued(pool) : 0;
    long neverStarted = queued + executor.shutdownNow().size();
    List<String> facts = new ArrayList<>();
    if (running >= 0) {
      facts.add("tasks interrupted: " + running);
    }
    facts.add("tasks never started: " + neverStarted);
    if (ended(executor, INTERRUPTED)) {
      return new TimeoutException(what + "; " + String.join(", ", facts));
    }
    List<Thread> alive = threads.alive();
    facts.add(
        "still at work: "
            + (alive.isEmpty()
                ? "threads that this executor does not tell"
                : alive.stream().map(Thread::getName).collect(Collectors.joining(", "))));
    TimeoutException failure = new TimeoutException(what + "; " + String.join(", ", facts));
    if (!alive.isEmpty()) {
      failure.initCause(new StuckThread(alive.get(0)));
    }
    return failure;
  }

  static boolean ended(ExecutorService executor, Duration bound) {
    try {
      return executor.awaitTermination(bound.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      // The caller's time is up. Not set again: the interrupt's only meaning is "end this wait".
      return executor.isTerminated();
    }
  }

  private static int running(ExecutorService executor) {
    if (executor instanceof ThreadPoolExecutor pool) {
      return pool.getActiveCount();
    }
    return executor instanceof ForkJoinPool pool ? pool.getActiveThreadCount() : -1;
  }

  private static long queued(ForkJoinPool pool) {
    return pool.getQueuedTaskCount() + pool.getQueuedSubmissionCount();
  }
}
