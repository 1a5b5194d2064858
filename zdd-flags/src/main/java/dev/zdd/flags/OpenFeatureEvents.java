package dev.zdd.flags;

import dev.openfeature.sdk.EventProvider;
import dev.openfeature.sdk.ProviderEvent;
import dev.openfeature.sdk.ProviderEventDetails;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells OpenFeature how the flags do: that they came after all, that they have become stale or
 * fresh again, and which have changed. What the end of {@code initialize} means, ready or in error,
 * the SDK tells itself.
 *
 * <p>One daemon thread, from the end of {@code initialize} to the shutdown: a snapshot wakes it,
 * and it looks at the age four times within {@code staleAfter}, at least once a second. Snapshots
 * that follow each other faster than it looks are told of as one change. The SDK runs events on
 * threads of its own and in any order, so each is awaited before the next: ready after stale must
 * not be overtaken.
 */
final class OpenFeatureEvents {
  private static final Logger log = LoggerFactory.getLogger(OpenFeatureEvents.class);
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);
  private static final int LOOKS_UNTIL_STALE = 4;
  private static final long FIRST_LOOK_MILLIS = 10;
  // Having called initialize, the SDK sets the provider's state. An event that it hears of before
  // would set the state first, and be overwritten for good.
  private static final long SETTLE_MILLIS = 100;
  private static final long END_MILLIS = 900;

  private final EventProvider provider;
  private final Flags flags;
  private final Duration staleAfter;
  private final long intervalNanos;
  private final Semaphore news = new Semaphore(0);
  private final CountDownLatch over = new CountDownLatch(1);

  // Guarded by `this`.
  private @Nullable Thread thread;
  private @Nullable Runnable unlisten;

  // The thread's own: what it has told of. Null while the SDK holds the provider to be in error.
  private @Nullable FlagSnapshot told;
  private boolean toldStale;

  OpenFeatureEvents(EventProvider provider, Flags flags, Duration staleAfter) {
    this.provider = provider;
    this.flags = flags;
    this.staleAfter = staleAfter;
    Duration interval = staleAfter.dividedBy(LOOKS_UNTIL_STALE);
    this.intervalNanos =
        (interval.compareTo(LONGEST_INTERVAL) < 0 ? interval : LONGEST_INTERVAL).toNanos();
  }

  /**
   * Waits for a first snapshot, and begins to tell. Gives up when it is ended or interrupted.
   *
   * @return whether there is one
   * @throws IllegalStateException if it was ended before
   */
  boolean begin(Duration timeout) {
    if (isOver()) {
      throw new IllegalStateException(
          "the provider is shut down (expected: a new provider for each registration)");
    }
    long end = System.nanoTime() + timeout.toNanos();
    try {
      long left = timeout.toNanos();
      while (flags.snapshot() == null && left > 0) {
        if (over.await(Math.min(left, FIRST_LOOK_MILLIS * 1_000_000), TimeUnit.NANOSECONDS)) {
          return false;
        }
        left = end - System.nanoTime();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    FlagSnapshot first = flags.snapshot();
    tellFrom(first);
    return first != null;
  }

  /** Ends the thread. A second time does nothing. */
  void end() {
    over.countDown();
    news.release();
    Thread teller;
    synchronized (this) {
      teller = thread;
      if (unlisten != null) {
        unlisten.run();
      }
    }
    if (teller != null && teller != Thread.currentThread()) {
      try {
        teller.join(END_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private boolean isOver() {
    return over.getCount() == 0;
  }

  // end() either sees this thread or is seen here.
  private synchronized void tellFrom(@Nullable FlagSnapshot first) {
    if (thread != null || isOver()) {
      return;
    }
    told = first;
    unlisten = flags.listen(snapshot -> news.release());
    Thread teller = new Thread(this::tellUntilOver, "zdd-flags-openfeature");
    teller.setDaemon(true);
    teller.start();
    thread = teller;
  }

  private void tellUntilOver() {
    boolean isFirst = true;
    while (!isOver()) {
      try {
        if (isFirst) {
          isFirst = false;
          over.await(SETTLE_MILLIS, TimeUnit.MILLISECONDS);
        } else if (news.tryAcquire(intervalNanos, TimeUnit.NANOSECONDS)) {
          // Before the look, or a snapshot that comes behind it would have to wait.
          news.drainPermits();
        }
        if (!isOver()) {
          tell();
        }
      } catch (InterruptedException e) {
        // Somebody's, and of no use: the latch says when it is over.
      } catch (RuntimeException e) {
        if (!isOver()) { // the SDK takes no events behind a shutdown
          log.warn("an event for OpenFeature failed", e);
        }
      }
    }
  }

  private void tell() {
    FlagSnapshot now = flags.snapshot();
    if (now == null) {
      return; // initialize has said so
    }
    FlagSource.Status status = flags.status();
    boolean isStale = status.age().compareTo(staleAfter) > 0;
    FlagSnapshot before = told;
    if (before == null || isStale != toldStale) {
      toldStale = isStale;
      emit(
          isStale ? ProviderEvent.PROVIDER_STALE : ProviderEvent.PROVIDER_READY,
          isStale ? staleness(now, status) : "snapshot " + now.version(),
          null);
    }
    told = now;
    if (before != null && !now.equals(before)) {
      List<String> changed = ChangedFlags.between(before, now);
      if (!changed.isEmpty()) {
        emit(
            ProviderEvent.PROVIDER_CONFIGURATION_CHANGED,
            "snapshot " + now.version() + " after " + before.version(),
            changed);
      }
    }
  }

  private String staleness(FlagSnapshot now, FlagSource.Status status) {
    return "snapshot "
        + now.version()
        + " has not been confirmed for "
        + status.age().toSeconds()
        + " s (expected: within "
        + staleAfter
        + ")"
        + (status.problem() == null ? "" : ": " + status.problem());
  }

  private void emit(ProviderEvent event, String message, @Nullable List<String> changed) {
    provider
        .emit(event, ProviderEventDetails.builder().message(message).flagsChanged(changed).build())
        .await();
  }
}
