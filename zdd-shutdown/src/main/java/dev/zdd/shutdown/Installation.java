package dev.zdd.shutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ties a {@link GracefulShutdown} to the end of this process: SIGTERM, SIGINT and SIGHUP begin it
 * and the exit code says how it went; a JVM hook begins it when somebody calls {@link System#exit}
 * or the signals could not be had; a watchdog keeps the deadline whatever hangs.
 *
 * <p>The race is between three ways in: a signal, a hook, and {@link GracefulShutdown#shutdown}.
 * Who claims the timeline runs it; the hook waits for whoever did, because a JVM ends when its
 * hooks have returned.
 */
final class Installation implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);

  // One in a JVM: a second would take the signals from the first, whose servers would then never be
  // drained.
  private static final AtomicBoolean taken = new AtomicBoolean();

  // How long after the deadline the watchdog waits before it halts the JVM, so that the ordinary
  // end of an exhausted deadline wins.
  private static final Duration HALT_AFTER = Duration.ofSeconds(1);

  // Waking so much too late is no slow machine but a process that did not run.
  private static final Duration STOOD_STILL = Duration.ofMillis(500);
  private static final Duration AFTER_STANDSTILL = Duration.ofSeconds(3);

  private final GracefulShutdown shutdown;
  private final AtomicInteger signals = new AtomicInteger();
  private final List<SignalTrap> traps = new ArrayList<>();
  private final Thread hook = new Thread(this::onJvmShutdown, "zdd-shutdown-hook");
  private final Thread watchdog = new Thread(this::halt, "zdd-shutdown-watchdog");
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Object reloading = new Object();

  // When the watchdog halts the JVM, in System.nanoTime(). Written before the watchdog starts.
  private long haltAt;

  private Installation(GracefulShutdown shutdown) {
    this.shutdown = shutdown;
    watchdog.setDaemon(true);
  }

  static Installation of(GracefulShutdown shutdown) {
    if (!taken.compareAndSet(false, true)) {
      throw new IllegalStateException(
          "a GracefulShutdown is already installed in this JVM (expected: one, or close() first)");
    }
    Installation installation = new Installation(shutdown);
    try {
      Runtime.getRuntime().addShutdownHook(installation.hook);
    } catch (IllegalStateException e) {
      taken.set(false);
      throw new IllegalStateException("cannot install: the JVM is already shutting down", e);
    }
    installation.rehearse();
    installation.takeSignals();
    ShellAsInit.warn();
    return installation;
  }

  private void rehearse() {
    shutdown.rehearse();
    new DrainAndExit("nothing yet");
  }

  private void takeSignals() {
    for (String signal : List.of("TERM", "INT")) {
      try {
        traps.add(SignalTrap.set(signal, this::onSignal));
      } catch (UnsupportedOperationException e) {
        log.warn(
            "{}; falling back to a JVM shutdown hook: the process will exit with 143 or 130,"
                + " and a second signal will not be heard",
            e.getMessage());
      }
    }
    Runnable reload = shutdown.onHangup();
    try {
      traps.add(SignalTrap.set("HUP", reload == null ? this::onSignal : s -> onHangup(reload)));
    } catch (UnsupportedOperationException e) {
      if (reload == null) {
        log.debug("SIGHUP stays with the JVM, which runs its hooks", e); // Windows has none
      } else {
        log.warn("{}; onHangup will not be called", e.getMessage());
      }
    }
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    traps.forEach(SignalTrap::close);
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      log.debug("the JVM is shutting down already; the hook stays", e);
    }
    taken.set(false);
  }

  /** On a new daemon thread of the JVM's for each signal. */
  private void onSignal(String signal) {
    int nth = signals.incrementAndGet();
    if (nth == 1) {
      start("zdd-shutdown", new DrainAndExit(signal), false);
    } else if (nth == 2) {
      log.warn("{} again: no longer waiting for the balancer; once more ends the process", signal);
      shutdown.hurry();
    } else {
      log.error("{} for the third time: ending at once", signal);
      Runtime.getRuntime().halt(shutdown.settings().exitCodeWhenCut());
    }
  }

  private void onHangup(Runnable reload) {
    start(
        "zdd-shutdown-hangup",
        () -> {
          synchronized (reloading) {
            if (shutdown.live().lifecycle().isLeaving()) {
              log.info("SIGHUP while leaving: ignored");
              return;
            }
            try {
              reload.run();
            } catch (Throwable t) {
              log.error("onHangup failed", t);
            }
          }
        },
        true);
  }

  // On JDK 17 the thread of a signal has no context class loader, and closing steps may need one.
  private void start(String name, Runnable body, boolean daemon) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(daemon);
    thread.setContextClassLoader(hook.getContextClassLoader());
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      body.run(); // no thread to be had: then on the signal's own
    }
  }

  /** No lambda: the JVM makes a class of one when it is first met, and that would be at T0. */
  private final class DrainAndExit implements Runnable {
    private final String signal;

    DrainAndExit(String signal) {
      this.signal = signal;
    }

    @Override
    public void run() {
      drainAndExit(signal);
    }
  }

  private void drainAndExit(String signal) {
    watch();
    DrainReport done;
    if (shutdown.claim()) {
      done = shutdown.run(signal, atTerminal(signal));
    } else {
      // The application has begun a shutdown by itself. It may not mean to exit; the signal does.
      log.info("{}: already shutting down; exiting when that is over", signal);
      done = await();
    }
    // Other people's hooks run now, in no order, and may hang: the watchdog still stands by. Our
    // own hook finds the timeline done and returns at once.
    Runtime.getRuntime().exit(codeFor(done));
  }

  private void onJvmShutdown() {
    if (shutdown.claim()) {
      watch();
      shutdown.run("JVM shutdown", false);
      return;
    }
    // The timeline runs, or has run, on another thread. Hooks hold the JVM open, so waiting here
    // lets it finish when, in the middle of it, somebody calls System.exit.
    if (await() == null) {
      log.error("the drain is not over at its deadline; the JVM ends without it");
    }
  }

  /** The report of the timeline that runs on another thread; null if it does not end in time. */
  private @Nullable DrainReport await() {
    try {
      return shutdown.report().get(limit().toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      return null;
    }
  }

  /**
   * The deadline is a promise to the machine that will send SIGKILL: kept whatever hangs. Only if
   * the whole process stood still beyond it (SIGSTOP, a frozen container) does the timeline, which
   * wakes at the same moment and finds itself out of time, get a moment to cut and close.
   */
  private void watch() {
    synchronized (watchdog) {
      // A signal may come in the middle of what a System.exit has begun: one deadline, the first.
      if (watchdog.getState() == Thread.State.NEW) {
        haltAt = System.nanoTime() + limit().toNanos();
        try {
          watchdog.start();
        } catch (OutOfMemoryError e) {
          log.warn("no thread to watch the deadline with; draining without", e);
        }
      }
    }
  }

  private void halt() {
    sleepUntil(haltAt);
    if (System.nanoTime() - haltAt > STOOD_STILL.toNanos()) {
      log.warn("the process stood still beyond its deadline; closing briefly");
      sleepUntil(System.nanoTime() + AFTER_STANDSTILL.toNanos());
    }
    log.error("still here {} after the signal: halting", Seconds.of(limit()));
    Runtime.getRuntime().halt(codeFor(shutdown.report().getNow(null)));
  }

  private Duration limit() {
    return shutdown.settings().deadline().plus(HALT_AFTER);
  }

  private static void sleepUntil(long end) {
    // parkNanos may return early, and an interrupt must not stand the watchdog down.
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      Thread.interrupted();
    }
  }

  private int codeFor(@Nullable DrainReport done) {
    ShutdownSettings settings = shutdown.settings();
    return done != null && done.clean() ? settings.exitCodeWhenClean() : settings.exitCodeWhenCut();
  }

  /** Ctrl-C at a terminal is a person, who waits for no balancer. */
  private static boolean atTerminal(String signal) {
    return signal.equals("SIGINT") && Terminal.attached();
  }
}
