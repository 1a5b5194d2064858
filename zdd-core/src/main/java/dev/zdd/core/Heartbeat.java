package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether an executor still runs what it is given: tells a worker pool whose threads all hang, or
 * an event loop that somebody blocks. Each look hands it one task that does nothing, the tick, and
 * no further one while that waits. An executor whose tick waits longer than the limit has stalled;
 * the stack of its thread is then logged, once for each stall.
 *
 * <p>What counts is how long a tick waits, not when somebody looked last, so looks may be seldom. A
 * stall is found by the first look that comes the limit or more after the one which queued a tick.
 * A look takes microseconds. Only before it calls an executor stalled it waits for the tick, up to
 * {@value #PATIENCE_MILLIS} ms: whoever looks first after a pause of the whole VM finds an old tick
 * and an executor that has had no chance to run it.
 *
 * <p>Thread-safe. Not to be called on a thread of the executor, which would wait for itself. An
 * executor that silently drops what it has no room for ({@code DiscardPolicy}) looks stalled for
 * good once it has dropped a tick.
 */
public final class Heartbeat implements Supplier<Optional<String>> {
  /** How long a look that would find a stall waits for the tick after all, in milliseconds. */
  public static final int PATIENCE_MILLIS = 500;

  private static final Logger log = LoggerFactory.getLogger(Heartbeat.class);

  private final Executor executor;
  private final Duration limit;
  private final Predicate<Thread> isIts;
  private final Ticker ticker;

  private volatile @Nullable Thread lastThread;
  private @Nullable Tick tick; // guarded by `this`

  /**
   * An executor that has stalled.
   *
   * @param thread the name of the thread that ran its last tick; "no known thread" if none is
   * @param silence for how long its tick has waited
   */
  public record Stall(String thread, Duration silence) {
    /** {@link #silence()} for a sentence: "5.2 s". */
    public String seconds() {
      return Heartbeat.seconds(silence);
    }
  }

  Heartbeat(Executor executor, Duration limit, Predicate<Thread> isIts, Ticker ticker) {
    this.executor = requireNonNull(executor, "executor");
    this.limit = limit;
    this.isIts = requireNonNull(isIts, "isIts");
    this.ticker = ticker;
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: more than 0)");
    }
  }

  /**
   * Watches {@code executor}. Nothing happens until somebody looks.
   *
   * @param limit how long a task that does nothing may wait for its turn; more than 0
   */
  public static Heartbeat of(Executor executor, Duration limit) {
    return new Heartbeat(executor, limit, thread -> false, Ticker.system());
  }

  /**
   * As {@link #of(Executor, Duration)}, for an executor that can tell its threads: if it stalls
   * before it has run a single tick, each live platform thread is asked for, to log the stack of
   * the first that is its own.
   */
  public static Heartbeat of(Executor executor, Duration limit, Predicate<Thread> isIts) {
    return new Heartbeat(executor, limit, isIts, Ticker.system());
  }

  /**
   * Looks: what is wrong with the executor, or nothing. That an {@link ExecutorService} has been
   * shut down is wrong, too.
   */
  @Override
  public Optional<String> get() {
    if (executor instanceof ExecutorService service && service.isShutdown()) {
      return Optional.of("the executor has been shut down");
    }
    return stalled(List.of(this)).stream()
        .map(stall ->
            "no task has been run for "
                + stall.seconds()
                + " (expected: one within "
                + seconds(limit)
                + ")")
        .findFirst();
  }

  /**
   * Looks at several at once, and waits for all of them together, at most {@value #PATIENCE_MILLIS}
   * ms. Executors that have been shut down are the caller's to leave out.
   *
   * @return those that have stalled
   */
  public static List<Stall> stalled(Collection<Heartbeat> hearts) {
    List<Tick> late = new ArrayList<>();
    for (Heartbeat heart : hearts) {
      Tick tick = heart.tick();
      if (tick.isLate()) {
        late.add(tick);
      }
    }
    // From here on, not from the first that was late: each has had all of the time, also if the VM
    // paused while the others were looked at.
    awaitAll(late);
    List<Stall> stalls = new ArrayList<>();
    for (Tick tick : late) {
      if (!tick.hasRun()) {
        stalls.add(tick.stall());
      }
    }
    return stalls;
  }

  private static void awaitAll(List<Tick> late) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
    try {
      for (Tick tick : late) {
        tick.hasRun.await(end - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // whoever looks has run out of time: it is as it is
    }
  }

  /** The tick that waits, or a new one. */
  private synchronized Tick tick() {
    Tick current = tick;
    if (current == null || current.hasRun()) {
      current = new Tick(ticker.read());
      tick = current;
    }
    if (!current.queued) {
      try {
        executor.execute(current);
        current.queued = true;
      } catch (RejectedExecutionException e) {
        // Its queue is full. For how long is what counts, so the age of this tick runs on.
        log.trace("no room for a tick", e);
      }
    }
    return current;
  }

  private @Nullable Thread thread() {
    Thread last = lastThread;
    if (last != null && last.isAlive()) {
      return last;
    }
    return Thread.getAllStackTraces().keySet().stream().filter(isIts).findFirst().orElse(null);
  }

  private static String stackOf(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(frame -> "    " + frame)
        .collect(Collectors.joining("\n"));
  }

  private static String seconds(Duration duration) {
    BigDecimal seconds = BigDecimal.valueOf(duration.toMillis(), 3);
    return seconds.stripTrailingZeros().toPlainString() + " s";
  }

  private final class Tick implements Runnable {
    private final long began;
    private final CountDownLatch hasRun = new CountDownLatch(1);
    private boolean queued; // guarded by the heartbeat
    private @Nullable String threadName; // guarded by the heartbeat; set once the stall is logged

    Tick(long began) {
      this.began = began;
    }

    @Override
    public void run() {
      lastThread = Thread.currentThread();
      hasRun.countDown();
    }

    boolean hasRun() {
      return hasRun.getCount() == 0;
    }

    Duration age() {
      return Duration.ofNanos(ticker.read() - began);
    }

    boolean isLate() {
      return !hasRun() && age().compareTo(limit) >= 0;
    }

    Stall stall() {
      synchronized (Heartbeat.this) {
        Duration age = age();
        String name = threadName;
        if (name == null) {
          name = logged(age);
          threadName = name;
        }
        return new Stall(name, age);
      }
    }

    private String logged(Duration age) {
      Thread thread = thread();
      if (thread == null) {
        log.warn("an executor has run nothing for {}, and no thread of it is known", seconds(age));
        return "no known thread";
      }
      log.warn(
          "an executor has run nothing for {}; its thread {} is at\n{}",
          seconds(age),
          thread.getName(),
          stackOf(thread));
      return thread.getName();
    }
  }
}
