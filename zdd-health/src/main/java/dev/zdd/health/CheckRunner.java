package dev.zdd.health;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
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
final class CheckRunner {
  private static final Logger log = LoggerFactory.getLogger(CheckRunner.class);

  /** How a run ended, for the meters. */
  enum Outcome {
    SUCCESS,
    FAILURE,
    TIMEOUT
  }

  /** Hears of each run, on the timer thread. */
  interface Observer {
    /** A run began, or was settled before and ended now: {@link #snapshot()} is new. */
    void refreshed(CheckRunner runner);

    /** A run was settled: {@link #snapshot()} is new. */
    void settled(CheckRunner runner, Outcome outcome, Duration took, @Nullable HealthChange change);
  }

  private final HealthCheck check;
  private final CheckOptions options;
  private final CheckState state;
  private final ScheduledExecutorService timer;
  private final Ticker ticker;
  private final Observer observer;
  private final String title;

  // Written by the timer thread; volatile for close(), which must not wait for that thread.
  private volatile @Nullable Run current;

  private @Nullable Future<?> next;
  private CheckSnapshot snapshot;
  private long dueAt;
  private boolean stackLogged;

  CheckRunner(
      Probe probe,
      String name,
      HealthCheck check,
      CheckOptions options,
      ScheduledExecutorService timer,
      Ticker ticker,
      Observer observer) {
    this.check = check;
    this.options = options;
    this.timer = timer;
    this.ticker = ticker;
    this.observer = observer;
    this.title = name + " (" + probe.label() + ")";
    this.state = new CheckState(probe, name, options, ticker.read(), Instant.now());
    this.snapshot = state.snapshot(ticker.read());
  }

  CheckSnapshot snapshot() {
    return snapshot;
  }

  /** Starts a run, or notes that the last one is still going. Called on the timer thread. */
  void due() {
    guarded(this::begin);
  }

  private void begin() {
    dueAt = ticker.read();
    Run last = current;
    // A thread that has died without handing in its outcome (out of memory, say) is not waited for.
    if (last != null && last.thread.isAlive()) {
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
      observer.refreshed(this);
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

  /** Interrupts what runs; called from any thread when the timer has been shut down. */
  void close() {
    Run last = current;
    if (last != null && options.interrupted()) {
      last.thread.interrupt();
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
    if (run.settled) {
      return;
    }
    run.settled = true;
    if (!stackLogged) {
      stackLogged = true;
      log.warn(
          "health check {} has not answered within {}; its thread is at\n{}",
          title,
          CheckOptions.seconds(options.timeout()),
          CheckThreads.stackOf(run.thread));
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
      observer.refreshed(this);
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
    long now = ticker.read();
    HealthChange change = state.settle(result, took, now, Instant.now());
    snapshot = state.snapshot(scheduleNext(now));
    observer.settled(this, outcome, took, change);
    if (change != null) {
      tell(change, cause);
    } else if (cause != null) {
      log.debug("health check {} failed", title, cause);
    }
  }

  private @Nullable Long scheduleNext(long now) {
    if (state.isLatched()) {
      return null;
    }
    long delay;
    if (state.isPending()) {
      delay = options.pendingInterval().toNanos();
    } else {
      // From start to start, so that what a run takes does not add to the detection time.
      double jitter = CheckOptions.JITTER_PERCENT / 100.0;
      double factor = ThreadLocalRandom.current().nextDouble(1 - jitter, 1 + jitter);
      delay = Math.max(0, (long) (options.every().toNanos() * factor) - (now - dueAt));
    }
    scheduleIn(delay);
    return now + delay;
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
      scheduleIn(options.every().toNanos());
      log.error("the schedule of health check {} stumbled, and goes on", title, t);
    }
  }

  private void tell(HealthChange change, @Nullable Throwable cause) {
    String lasted = CheckOptions.seconds(change.lasted());
    if (change.to() == Status.UP) {
      log.info("health check {} is up (was {} for {})", title, change.from().label(), lasted);
      return;
    }
    String to = change.to().label();
    String from = change.from().label();
    String why = cause == null ? String.valueOf(change.reason()) : chain(cause);
    // While a process starts, a check that is not up yet is no news to wake anybody for.
    if (change.probe() == Probe.STARTUP) {
      log.info("health check {} is {} (was {} for {}): {}", title, to, from, lasted, why);
    } else {
      log.warn("health check {} is {} (was {} for {}): {}", title, to, from, lasted, why);
    }
    // One clear line for a dependency that is away; the trace for what nobody expected.
    if (cause instanceof Error || cause instanceof RuntimeException) {
      log.warn("health check {} threw", title, cause);
    } else if (cause != null) {
      log.debug("health check {} threw", title, cause);
    }
  }

  private static HealthResult failed(Throwable t) {
    // The type only: a driver's message may hold hosts and users, and this may be shown.
    return HealthResult.down(t.getClass().getSimpleName());
  }

  private static String chain(Throwable cause) {
    StringBuilder text = new StringBuilder();
    int depth = 0;
    for (Throwable t = cause; t != null && depth < 5; t = t.getCause(), depth++) {
      text.append(depth == 0 ? "" : ", caused by ").append(t);
    }
    return text.toString();
  }

  /** One run: executed on its own thread, its fields touched by the timer thread only. */
  private final class Run implements Runnable {
    final long began;
    final Thread thread;
    @Nullable Future<?> timeout;
    boolean settled;

    Run(long began) {
      this.began = began;
      this.thread = CheckThreads.unstarted("zdd-health " + title, this);
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
        timer.execute(() -> guarded(() -> finished(this, result, cause, nanos)));
      } catch (RejectedExecutionException e) {
        log.trace("the schedule was closed while {} ran", title, e);
      }
    }
  }
}
