package dev.zdd.httpserver;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The threads of an {@link EndpointListener}. The JDK's server reads the head of a request on one
 * of them and waits there for each byte, so a few slow clients could hold them all; its own limits
 * are the whole JVM's. Here what holds a thread for too long is interrupted, which closes its
 * connection (the channels are interruptible); and what is too long is less when all are taken.
 */
final class EndpointThreads implements Executor, AutoCloseable {
  static final int MOST = 16;

  // Time is counted in looks, of which none is made while the machine stands still or is too busy:
  // then nobody has had his time.
  private static final long LOOK_NANOS = 10_000_000;
  private static final int LOOKS = 500;
  private static final int LOOKS_WHEN_FULL = 10;

  private static final Duration UNUSED = Duration.ofSeconds(1);

  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(
          MOST,
          MOST,
          UNUSED.toMillis(),
          TimeUnit.MILLISECONDS,
          new LinkedBlockingQueue<>(),
          daemons());

  private final Object lock = new Object();
  private final Set<Task> running = new LinkedHashSet<>(); // the oldest first; guarded by the lock
  private final int looks;
  private boolean closed; // guarded by the lock

  EndpointThreads() {
    this(LOOKS);
  }

  EndpointThreads(int looks) {
    this.looks = looks;
    pool.allowCoreThreadTimeOut(true);
    Thread watch = new Thread(this::watch, "zdd-endpoint-watch");
    watch.setDaemon(true);
    watch.start();
  }

  /** Never blocks: what finds no thread waits for one. */
  @Override
  public void execute(Runnable work) {
    try {
      pool.execute(new Task(work));
    } catch (OutOfMemoryError e) {
      // No thread to be had. The server closes the connection; an Error would end the server.
      throw new RejectedExecutionException("no thread for an exchange", e);
    }
  }

  /** Ends the threads, whatever they are at. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    pool.shutdownNow();
  }

  private void watch() {
    while (awaitRunning()) {
      LockSupport.parkNanos(LOOK_NANOS);
      look();
    }
  }

  private boolean awaitRunning() {
    synchronized (lock) {
      while (running.isEmpty() && !closed) {
        try {
          lock.wait();
        } catch (InterruptedException e) {
          // Nobody's business here: close() is told by other means.
        }
      }
      return !closed;
    }
  }

  private void look() {
    synchronized (lock) {
      // When all are taken, no more are cut than there are others to take their places: one may be
      // slow only because the machine is.
      int waiting = pool.getQueue().size();
      for (Task task : running) {
        boolean isCut = task.seen(waiting > 0 ? Math.min(looks, LOOKS_WHEN_FULL) : looks);
        waiting -= isCut ? 1 : 0;
      }
    }
  }

  private static ThreadFactory daemons() {
    AtomicInteger number = new AtomicInteger();
    return task -> {
      Thread thread = new Thread(task, "zdd-endpoint-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }

  private final class Task implements Runnable {
    private final Runnable work;
    private @Nullable Thread thread; // guarded by the lock
    private int seen; // guarded by the lock

    Task(Runnable work) {
      this.work = work;
    }

    @Override
    public void run() {
      synchronized (lock) {
        thread = Thread.currentThread();
        running.add(this);
        if (running.size() == 1) {
          lock.notifyAll();
        }
      }
      try {
        work.run();
      } finally {
        synchronized (lock) {
          running.remove(this);
          thread = null;
        }
        // What was meant for this exchange must not meet the next.
        Thread.interrupted();
      }
    }

    /** Whether it is interrupted, having been seen too often. */
    boolean seen(int atMost) {
      seen++;
      if (thread == null || seen < atMost) {
        return false;
      }
      thread.interrupt();
      return true;
    }
  }
}
