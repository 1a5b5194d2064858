package dev.zdd.health;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who wait for a change of what they see. Whoever changes something says {@link
 * #mayHaveChanged()}, which costs one read while nobody watches; then every {@link Sight} that is
 * watched is looked at once, however many watch it, and those are told whose sight has become
 * another. For what time alone changes everything is looked at once in a while.
 *
 * <p>Looking and telling, beginning and ending happen on one thread, which exists only if there was
 * a watcher. So there is no lock; and a watcher that blocks holds up the other watchers, and no
 * check, no probe and no listener.
 */
final class Watchers {
  private static final Logger log = LoggerFactory.getLogger(Watchers.class);

  /**
   * What can be seen at a moment; must not block. A record: those that are equal are one sight.
   *
   * @param <V> a value; equal ones are no change
   */
  interface Sight<V> {
    V now();
  }

  /** Somebody who watches; closing ends it, from any thread, a last word meanwhile excepted. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }

  private final long tickNanos;
  private final ScheduledThreadPoolExecutor thread;
  private final AtomicBoolean lookIsDue = new AtomicBoolean();
  private final AtomicInteger watching = new AtomicInteger();

  // Touched by the one thread only.
  private final Map<Sight<?>, Seen> seen = new HashMap<>();
  private @Nullable Future<?> tick;
  private boolean closed;

  /**
   * Nobody watches yet.
   *
   * @param tick how often everything is looked at for what time alone has changed
   */
  Watchers(Duration tick, ThreadFactory threads) {
    this.tickNanos = tick.toNanos();
    this.thread = new ScheduledThreadPoolExecutor(1, threads);
    thread.setRemoveOnCancelPolicy(true);
  }

  /**
   * Begins to watch. {@code watcher} is first told what there is to see, then of each change, in
   * order, on the one thread: it must not block. Between two looks a sight may change more than
   * once; only what it is at the look is told. What the watcher throws is logged.
   *
   * <p>A watcher must know what it sees from here, and not look for itself as well. If it saw B
   * while A was told to the others last, and A were back before the next look, then that look would
   * find no change, and the watcher would be left with B.
   */
  <V> Watch watch(Sight<V> sight, Consumer<? super V> watcher) {
    Watcher<V> added = new Watcher<>(sight, watcher);
    // First counted, then looked at: who changes something after that look finds the count. The
    // other way round it would be neither seen nor looked for.
    watching.incrementAndGet();
    try {
      thread.execute(() -> begin(added));
    } catch (RejectedExecutionException e) {
      // Closed: it is told how things are, and nothing will change.
      added.tell(sight.now());
    }
    return added;
  }

  /** To be called after each change: a look follows. From any thread, under any lock. */
  void mayHaveChanged() {
    if (watching.get() > 0 && lookIsDue.compareAndSet(false, true)) {
      try {
        thread.execute(this::look);
      } catch (RejectedExecutionException e) {
        log.trace("nobody watches any more", e);
      }
    }
  }

  /** A last look, and the last word; then all watchers are let go. Does not wait for that. */
  void close() {
    try {
      thread.execute(this::end);
      thread.shutdown();
    } catch (RejectedExecutionException e) {
      log.trace("closed twice", e);
    }
  }

  /** How many watch. */
  int count() {
    return watching.get();
  }

  private void begin(Watcher<?> added) {
    if (added.gone) {
      return;
    }
    Seen of = seen.getOrDefault(added.sight, new Seen(added.sight));
    of.look();
    // The new one is told what the others were told last, so that all of them differ from what a
    // later look finds, or none.
    if (of.last != null) {
      added.tell(of.last);
    }
    if (!closed) {
      seen.put(added.sight, of);
      of.watchers.add(added);
      if (tick == null) {
        tick =
            thread.scheduleWithFixedDelay(this::look, tickNanos, tickNanos, TimeUnit.NANOSECONDS);
      }
    }
  }

  private void leave(Watcher<?> gone) {
    Seen of = seen.get(gone.sight);
    if (of != null && of.watchers.remove(gone) && of.watchers.isEmpty()) {
      seen.remove(gone.sight);
      if (seen.isEmpty() && tick != null) {
        tick.cancel(false);
        tick = null;
      }
    }
  }

  private void look() {
    // Taken back first: what changes during this look asks for another one.
    lookIsDue.set(false);
    seen.values().forEach(Seen::look);
  }

  private void end() {
    look();
    closed = true;
    seen.clear();
  }

  /** One sight, as it was last told to all who watch it; null if it could not be seen yet. */
  private static final class Seen {
    private final Sight<?> sight;
    private final Set<Watcher<?>> watchers = new LinkedHashSet<>();
    private @Nullable Object last;

    Seen(Sight<?> sight) {
      this.sight = sight;
    }

    void look() {
      Object now;
      try {
        now = sight.now();
      } catch (RuntimeException | Error e) {
        log.error("{} cannot be seen; it is looked for again", sight, e);
        return;
      }
      if (!now.equals(last)) {
        last = now;
        watchers.forEach(each -> each.tell(now));
      }
    }
  }

  private final class Watcher<V> implements Watch {
    private final Sight<V> sight;
    private final Consumer<? super V> told;
    private final AtomicBoolean left = new AtomicBoolean();
    private volatile boolean gone;

    Watcher(Sight<V> sight, Consumer<? super V> told) {
      this.sight = sight;
      this.told = told;
    }

    @SuppressWarnings("unchecked") // It is what an equal sight has given.
    void tell(Object value) {
      if (!gone) {
        try {
          told.accept((V) value);
        } catch (Throwable t) {
          log.error("a watcher of {} failed; the others are told all the same", sight, t);
        }
      }
    }

    @Override
    public void close() {
      gone = true;
      if (left.compareAndSet(false, true)) {
        watching.decrementAndGet();
        try {
          thread.execute(() -> leave(this));
        } catch (RejectedExecutionException e) {
          log.trace("all watchers were let go", e);
        }
      }
    }
  }
}
