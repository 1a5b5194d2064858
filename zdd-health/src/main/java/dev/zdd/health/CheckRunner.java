package dev.zdd.health;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one check on its schedule. Everything here happens on the one timer thread, so there is no
 * lock; the check itself runs on a thread of its own, which only hands its outcome back to the
 * timer. The timer thread therefore never waits for a check, and a timeout is always noticed.
 */
final class CheckRunner implements CheckEntry {
  private static final Logger log = LoggerFactory.getLogger(CheckRunner.class);

  // At least so many moments in an interval at which a run may be due.
  private static final int BEATS = 32;

  /** How a run ended, for the meters. */
  enum Outcome {
    SUCCESS,
    FAILURE,
    TIMEOUT
  }

  /** Hears of each run that was settled, on the timer thread. */
  interface Observer {
    /** {@link #snapshot()} is new; the status changed if {@code change} is not null. */
    void settled(CheckRunner runner, Outcome outcome, Duration took, @Nullable HealthChange change);
  }

  private final HealthCheck check;
  private final CheckOptions options;
  private final CheckState state;
  private final ScheduledExecutorService timer;
  private final Executor results; // on the timer thread too
  private final Ticker ticker;
  private final Observer observer;
  private final ChangeLog changes;
  private final String title;
  private final Runnable forward = this::forward;

  // Of the thread that adds the check: with it a driver may find its classes.
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  // Written by the timer thread; volatile for close(), which must not wait for that thread.
  private volatile @Nullable Run current;

  // Written by the timer thread, read by everybody.
  private volatile CheckSnapshot snapshot;

  private volatile boolean closed;

  private @Nullable Future<?> next;
  private long dueAt;
  private boolean brought;
  private boolean stackLogged;

  CheckRunner(
      CheckRegistration check,
      ScheduledExecutorService timer,
      Executor results,
      Ticker ticker,
      Observer observer) {
    this.check = check.check();
    this.options = check.options();
    this.timer = timer;
    this.results = results;
    this.ticker = ticker;
    this.observer = observer;
    this.title = check.title();
    this.changes = new ChangeLog(title, check.probe());
    this.state = new CheckState(check.probe(), check.name(), options, ticker.read(), Instant.now());
    this.snapshot = state.snapshot(ticker.read());
  }

  @Override
  public CheckSnapshot snapshot() {
    return snapshot;
  }

  /** Begins the schedule: the first run at once. From any thread. */
  void start() {
    if (check instanceof EvidenceCheck evidence) {
      evidence.onNews(forward);
    }
    timer.execute(this::due);
  }

  /** Starts a run, or notes that the last one is still going. */
  private void due() {
    guarded(this::begin);
  }

  private void begin() {
    if (closed) {
      return;
    }
    brought = false;
    dueAt = ticker.read();
    Run last = current;
    // A thread that has died without handing in its outcome (out of memory, say) is not waited for.
    if (last != null && !last.thread.isOver()) {
      Duration age = Duration.ofNanos(dueAt - last.began);
      String reason = "still running after " + CheckOptions.seconds(age);
      settle(HealthResult.down(reason), null, Outcome.TIMEOUT, age);
      return;
    }
    try {
      Run run = new Run(dueAt);
      current = run;
      state.began(dueAt);
      snapshot = state.snapshot(null);
      long nanos = options.timeout().toNanos();
      Runnable late = () -> guarded(() -> timedOut(run));
      run.timeout = timer.schedule(late, nanos, TimeUnit.NANOSECONDS);
      run.thread.start();
    } catch (RejectedExecutionException e) {
      throw e;
    } catch (Throwable t) {
      // No memory for a thread, say. That says enough about this process; and the next run comes.
      abandon();
      settle(failed(t), t, Outcome.FAILURE, Duration.ZERO);
    }
  }

  // What happens to the schedule from outside: an application has met a failure. Not sooner than a
  // recheck after the last run, so that a thousand failures a second are one run a second.
  private void forward() {
    try {
      timer.execute(() -> guarded(this::bringForward));
    } catch (RejectedExecutionException e) {
      log.trace("the schedule of health check {} was closed", title, e);
    }
  }

  private void bringForward() {
    if (closed || state.isLatched()) {
      return;
    }
    brought = true;
    // While it runs: that run may have looked before the failure, so the next one is soon.
    if (current == null) {
      long earliest = dueAt + options.pendingInterval().toNanos();
      long now = ticker.read();
      Long at = snapshot.nextRunAt();
      if (at != null && earliest - at < 0) {
        scheduleIn(Math.max(0, earliest - now));
        snapshot = state.snapshot(Math.max(now, earliest));
      }
    }
  }

  /**
   * Ends the schedule and interrupts what runs, unless it is this that closes. A result that still
   * comes is discarded.
   */
  @Override
  public void close() {
    closed = true;
    if (check instanceof EvidenceCheck evidence) {
      evidence.noMore(forward);
    }
    Run last = current;
    if (last != null && options.interrupted() && !last.thread.isCurrent()) {
      last.thread.interrupt();
    }
    try {
      timer.execute(this::cancel);
    } catch (RejectedExecutionException e) {
      log.trace("the schedule was closed with {}", title, e);
    }
  }

  private void cancel() {
    if (next != null) {
      next.cancel(false);
    }
    Run last = current;
    if (last != null && last.timeout != null) {
      last.timeout.cancel(false);
    }
  }

  private void abandon() {
    Run run = current;
    current = null;
    state.ended();
    if (run != null) {
      run.settled = true;
    }
  }

  private void timedOut(Run run) {
    if (run.settled || closed) {
      return;
    }
    run.settled = true;
    if (!stackLogged) {
      stackLogged = true;
      log.warn(
          "health check {} has not answered within {}; its thread is at\n{}",
          title,
          CheckOptions.seconds(options.timeout()),
          run.thread.stack());
    }
    if (options.interrupted()) {
      run.thread.interrupt();
    }
    HealthResult late =
        HealthResult.down("no answer within " + CheckOptions.seconds(options.timeout()));
    settle(late, null, Outcome.TIMEOUT, Duration.ofNanos(ticker.read() - run.began));
  }

  private void finished(Run run, HealthResult result, @Nullable Throwable cause, long nanos) {
    if (current == run) {
      current = null;
      state.ended();
    }
    if (run.settled) {
      // It outran its timeout and was failed then. Only runningFor has changed.
      snapshot = state.snapshot(snapshot.nextRunAt());
      return;
    }
    run.settled = true;
    if (run.timeout != null) {
      run.timeout.cancel(false);
    }
    boolean ok = result.status().isOk();
    if (ok) {
      stackLogged = false;
    }
    settle(result, cause, ok ? Outcome.SUCCESS : Outcome.FAILURE, Duration.ofNanos(nanos));
  }

  private void settle(
      HealthResult result, @Nullable Throwable cause, Outcome outcome, Duration took) {
    if (closed) {
      return;
    }
    long now = ticker.read();
    HealthChange change = state.settle(result, took, now, Instant.now());
    snapshot = state.snapshot(scheduleNext(now));
    observer.settled(this, outcome, took, change);
    if (change != null) {
      changes.log(change, cause);
    } else if (cause != null) {
      log.debug("health check {} failed", title, cause);
    }
  }

  private @Nullable Long scheduleNext(long now) {
    if (state.isLatched()) {
      return null;
    }
    long delay;
    if (state.isPending() || brought) {
      delay = options.pendingInterval().toNanos();
    } else {
      // From start to start, so that what a run takes does not add to the detection time.
      double jitter = CheckOptions.JITTER_PERCENT / 100.0;
      double factor = ThreadLocalRandom.current().nextDouble(1 - jitter, 1 + jitter);
      long every = options.every().toNanos();
      long earliest = dueAt + (long) (every * (1 - jitter));
      long drawn = onBeat(dueAt + (long) (every * factor), every);
      delay = Math.max(0, (drawn - earliest < 0 ? earliest : drawn) - now);
    }
    scheduleIn(delay);
    return now + delay;
  }

  // Checks that are due within 3 % of their interval of each other are due together. To wake the
  // timer, and then a processor for a check, costs more than most checks do: of a thousand checks
  // some twenty-six share it.
  private static long onBeat(long reading, long every) {
    long beat = Long.highestOneBit(Math.max(1, every / BEATS));
    return reading & -beat;
  }

  private void scheduleIn(long nanos) {
    if (next != null) {
      next.cancel(false);
    }
    next = timer.schedule(this::due, nanos, TimeUnit.NANOSECONDS);
  }

  // An executor drops a task that threw, and what the task would have scheduled with it. So
  // whatever happens here (no memory, a logger that throws), there is a next run.
  private void guarded(Runnable step) {
    try {
      step.run();
    } catch (RejectedExecutionException e) {
      log.trace("the schedule of health check {} was closed", title, e);
    } catch (Throwable t) {
      if (!closed) {
        scheduleIn(options.every().toNanos());
      }
      log.error("the schedule of health check {} stumbled, and goes on", title, t);
    }
  }

  private static HealthResult failed(Throwable t) {
    // The type only: a driver's message may hold hosts and users, and this may be shown.
    Class<?> type = t.getClass();
    return HealthResult.down(type.isAnonymousClass() ? type.getName() : type.getSimpleName());
  }

  /** One run: executed on its own thread, its fields touched by the timer thread only. */
  private final class Run implements Runnable {
    final long began;
    final CheckThread thread;
    @Nullable Future<?> timeout;
    boolean settled;

    Run(long began) {
      this.began = began;
      this.thread = new CheckThread("zdd-health " + title, loader, this);
    }

    @Override
    public void run() {
      HealthResult result;
      Throwable cause = null;
      try {
        result =
            Objects.requireNonNullElseGet(
                check.check(options.timeout()),
                () -> HealthResult.down("the check returned null (expected: a result)"));
      } catch (Throwable t) {
        // An Error too, and that of the JVM itself: whatever it was, the check has failed, and the
        // schedule goes on.
        result = failed(t);
        cause = t;
      }
      // A driver that was interrupted may have left the flag set; the hand-over must not see it.
      Thread.interrupted();
      hand(result, cause, ticker.read() - began);
    }

    private void hand(HealthResult result, @Nullable Throwable cause, long nanos) {
      try {
        results.execute(() -> guarded(() -> finished(this, result, cause, nanos)));
      } catch (RejectedExecutionException e) {
        log.trace("the schedule was closed while {} ran", title, e);
      }
    }
  }
}
