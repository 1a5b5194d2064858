package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A consumer of a queue, as something to drain: one thread that polls, processes, commits, and
 * polls again. At T0 it stops asking; what it has it processes and commits, then it closes its
 * source, so that the other consumers take over at once and none has to wait for a session to
 * expire.
 *
 * <pre>{@code
 * builder.server("orders", PollLoop.start(lifecycle, "orders", source, order -> ship(order)));
 * }</pre>
 *
 * <p>Each message is in flight (as "message" and the loop's name) while its handler runs.
 *
 * <p>At least once: what has been committed has been processed, and what has not is delivered
 * again. A drain in time delivers nothing twice. If the handler throws, the messages before that
 * one are committed, that one and those after it are {@linkplain Source#giveBack given back}, and
 * the loop pauses (0.1 s, doubling to 5 s) before it polls again: order is kept, and a message that
 * always fails stops the queue. A handler that wants to skip it catches what it throws. If a commit
 * fails it is tried 5 times within 1.5 s and then given up. If polling fails, the loop pauses the
 * same way. Nothing that source or handler throw ends the thread.
 *
 * <p>A consumer whose messages requests in flight wait for (replies) must outlive them: register it
 * by {@code close(name, loop)} and not as a server. It then stops at T2, within 3.5 s.
 *
 * @param <M> a message
 */
public final class PollLoop<M> implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(PollLoop.class);

  private static final Duration FINISH = Duration.ofMillis(3_500);
  private static final Duration INTERRUPTED = Duration.ofSeconds(1);
  private static final int COMMITS = 5;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;
  private static final long EMPTY_PAUSE_MILLIS = 10;

  /**
   * Where messages come from. All methods but {@link #wakeup} are called by the loop's thread only,
   * so a client that is bound to one thread (Kafka's) needs no lock.
   *
   * @param <M> a message
   */
  public interface Source<M> {
    /**
     * Waits for messages, for a second or so at most if there is no {@link #wakeup}.
     *
     * @return the next messages in order; empty if there are none. Empty lists that come at once
     *     are asked for 100 times a second at most
     */
    List<M> poll() throws Exception;

    /**
     * Notes for good that {@code processed}, the first or all messages of the last poll, need not
     * be delivered again.
     *
     * @throws Exception if that failed; it is called again with the same messages
     */
    void commit(List<M> processed) throws Exception;

    /**
     * Takes back the last messages of the last poll, which were not processed: the handler threw,
     * or time was up. A source that remembers its position goes back to the first of them. By
     * default nothing, for a broker that delivers again what was not committed.
     */
    default void giveBack(List<M> unprocessed) throws Exception {}

    /**
     * Ends a {@link #poll} that blocks, by an exception or an empty list, and, as a call may come
     * just before, one that is about to block. Called once, at T0, from another thread; must not
     * block. It may also come just after: a {@link #commit} that fails for it is called again at
     * once. By default nothing: T0 then waits for the poll to return.
     */
    default void wakeup() {}

    /** Leaves. The last call. */
    void close() throws Exception;
  }

  /**
   * What is done with a message. May block; is interrupted only if it has not returned at T2.
   *
   * @param <M> a message
   */
  @FunctionalInterface
  public interface Handler<M> {
    /** Processes it; when this returns, the message may be forgotten. */
    void handle(M message) throws Exception;
  }

  private final InFlight inFlight;
  private final String name;
  private final Source<M> source;
  private final Handler<? super M> handler;
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);

  // Guards the flags below. Held for a moment only, and never while the source polls or commits.
  private final Object lock = new Object();
  private boolean leaving;
  private boolean cutting;
  // The thread is in poll(), about to be, or has just returned. Only then is there a wakeup: one
  // that came later would hit the commit, which for Kafka is a blocking call like any other.
  private boolean polling;
  private boolean woken;
  private int uncommitted;
  private @Nullable Exception closeFailure;

  // The loop's thread only: in a row, of polls and handlers; and whether the last poll failed.
  private int failures;
  private boolean pollFails;

  private PollLoop(Lifecycle lifecycle, String name, Source<M> source, Handler<? super M> handler) {
    this.inFlight = requireNonNull(lifecycle, "lifecycle").inFlight();
    this.name = requireNonNull(name, "name");
    this.source = requireNonNull(source, "source");
    this.handler = requireNonNull(handler, "handler");
    this.thread = new Thread(this::run, "zdd-poll-" + name);
    thread.setDaemon(false); // a program that only consumes lives as long as this thread
  }

  /**
   * Starts to poll, on a thread of its own.
   *
   * @param name what log and report call it
   */
  public static <M> PollLoop<M> start(
      Lifecycle lifecycle, String name, Source<M> source, Handler<? super M> handler) {
    PollLoop<M> loop = new PollLoop<>(lifecycle, name, source, handler);
    loop.thread.start();
    return loop;
  }

  /** Stops asking for messages. A poll that blocks is woken up. */
  @Override
  public void announce() {
    synchronized (lock) {
      if (!leaving) {
        leaving = true;
        lock.notifyAll();
        woken = polling;
        if (woken) {
          // Under the lock: when the thread gets past it, the wakeup has been, and the first commit
          // after it is the only call that it can still hit.
          source.wakeup();
        }
      }
    }
  }

  /** Nothing: its door closed with the announcement. */
  @Override
  public void unbind() {}

  /** 1 until everything is processed and committed and the source is closed. */
  @Override
  public int open() {
    return ended.getCount() == 0 ? 0 : 1;
  }

  /** Nothing. */
  @Override
  public int closeIdle(Duration idle) {
    return 0;
  }

  /**
   * Ends it. After an {@link #announce} its time is up: a handler that still runs is interrupted,
   * what was processed is committed, the rest given back. Without one (a closing step) it gets 3.5
   * s to finish first.
   *
   * @throws Exception if it was not finished, or messages that were processed could not be
   *     committed, or the source failed to close
   */
  @Override
  public void close() throws Exception {
    boolean announced;
    synchronized (lock) {
      announced = leaving;
    }
    announce();
    if (!hasEnded(announced ? Duration.ZERO : FINISH)) {
      throw cut();
    }
    synchronized (lock) {
      if (uncommitted > 0) {
        throw new IllegalStateException(
            name + ": not committed, and delivered again: " + uncommitted + " messages");
      }
      if (closeFailure != null) {
        throw closeFailure;
      }
    }
  }

  private TimeoutException cut() {
    StuckThread standing = new StuckThread(thread);
    synchronized (lock) {
      cutting = true;
    }
    thread.interrupt(); // out of a pause, too
    boolean gone = hasEnded(INTERRUPTED);
    TimeoutException failure =
        new TimeoutException(
            name + ": not finished in time; interrupted" + (gone ? "" : ", and still at work"));
    failure.initCause(standing);
    return failure;
  }

  private boolean hasEnded(Duration bound) {
    try {
      return ended.await(bound.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return ended.getCount() == 0; // the caller's time is up
    }
  }

  private void run() {
    try {
      while (beginsPoll()) {
        turn();
      }
    } finally {
      closeSource();
      ended.countDown();
    }
  }

  private void turn() {
    List<M> batch;
    long before = System.nanoTime();
    try {
      batch = poll();
    } catch (Throwable t) {
      // An Error too: a class that does not load must not stop the queue without a word.
      pollFailed(t);
      return;
    }
    if (pollFails) {
      log.info("{}: polling works again", name);
      pollFails = false;
      failures = 0;
    }
    if (batch.isEmpty()) {
      if (System.nanoTime() - before < EMPTY_PAUSE_MILLIS * 1_000_000) {
        pause(EMPTY_PAUSE_MILLIS, false);
      }
    } else {
      process(batch);
    }
  }

  private List<M> poll() throws Exception {
    try {
      return source.poll();
    } finally {
      endPoll();
    }
  }

  private void process(List<M> batch) {
    int done = 0;
    Throwable failure = null;
    while (done < batch.size() && failure == null && !isCutting()) {
      long ticket = inFlight.begin("message", name);
      if (ticket == InFlight.REFUSED) {
        // The gate has closed while this loop was not drained as a server: nothing it needs is
        // there for long.
        announce();
        break;
      }
      try {
        handler.handle(batch.get(done));
        done++;
      } catch (Throwable t) {
        failure = t;
      } finally {
        inFlight.end(ticket);
      }
    }
    if (done > 0) {
      commit(batch.subList(0, done));
    }
    if (done < batch.size()) {
      giveBack(batch.subList(done, batch.size()));
    }
    if (failure == null) {
      failures = 0;
    } else {
      log.error(
          "{}: a message failed; it and {} more are given back",
          name,
          batch.size() - done - 1,
          failure);
      pause(nextPause(), false);
    }
  }

  private void commit(List<M> processed) {
    for (int attempt = 1; ; attempt++) {
      // Of a handler that was interrupted at T2: what it had done before is committed all the same.
      boolean interrupted = Thread.interrupted();
      try {
        source.commit(processed);
        return;
      } catch (Throwable t) {
        if (attempt == 1 && (wasWoken() || interrupted)) {
          continue; // the wakeup was too late for the poll
        }
        if (attempt >= COMMITS || isCutting()) {
          log.error(
              "{}: commit failed, {} messages will be delivered again", name, processed.size(), t);
          synchronized (lock) {
            uncommitted += leaving ? processed.size() : 0;
          }
          return;
        }
        log.warn("{}: commit failed (attempt {} of {})", name, attempt, COMMITS, t);
        pause(FIRST_PAUSE_MILLIS << (attempt - 1), true);
      }
    }
  }

  private void giveBack(List<M> unprocessed) {
    try {
      source.giveBack(unprocessed);
    } catch (Throwable t) {
      log.error("{}: {} messages could not be given back", name, unprocessed.size(), t);
    }
  }

  private void pollFailed(Throwable failure) {
    if (isLeaving()) {
      return; // woken up
    }
    // Once, not at every attempt: an hour without the broker is one state and not 720 events.
    if (!pollFails) {
      log.error("{}: polling failed; trying again until it works", name, failure);
      pollFails = true;
    }
    pause(nextPause(), false);
  }

  private long nextPause() {
    failures++;
    return Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures - 1, 10));
  }

  private void closeSource() {
    Thread.interrupted(); // what was meant for the handler
    try {
      source.close();
    } catch (Throwable t) {
      log.error("{}: closing failed", name, t);
      synchronized (lock) {
        closeFailure = t instanceof Exception e ? e : new IllegalStateException(t);
      }
    }
  }

  private boolean beginsPoll() {
    synchronized (lock) {
      polling = !leaving;
      return polling;
    }
  }

  private void endPoll() {
    synchronized (lock) {
      polling = false;
    }
  }

  private boolean isLeaving() {
    synchronized (lock) {
      return leaving;
    }
  }

  private boolean isCutting() {
    synchronized (lock) {
      return cutting;
    }
  }

  private boolean wasWoken() {
    synchronized (lock) {
      return woken;
    }
  }

  /** Waits so long, or until it is time to leave (to be cut, if {@code throughDrain}). */
  private void pause(long millis, boolean throughDrain) {
    long end = System.nanoTime() + millis * 1_000_000;
    synchronized (lock) {
      while (!(throughDrain ? cutting : leaving)) {
        long left = end - System.nanoTime();
        if (left <= 0) {
          return;
        }
        try {
          lock.wait(left / 1_000_000 + 1);
        } catch (InterruptedException e) {
          return; // only close() interrupts, and it sets the flags first
        }
      }
    }
  }
}
