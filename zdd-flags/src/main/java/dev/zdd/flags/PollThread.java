package dev.zdd.flags;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A daemon thread that looks for something again and again until it is closed. The first look is
 * the starter's, and all others this thread's: never two at a time.
 */
final class PollThread {
  private static final long CLOSE_TIMEOUT_MILLIS = 900;

  private final String name;
  private final LongSupplier pauseNanos;
  private final Runnable look;
  private final Runnable thrown;
  private final CountDownLatch closed = new CountDownLatch(1);
  // Written once, under `this`. Read without it by close(), which a hung look must not hold up.
  private volatile @Nullable Thread thread;

  /**
   * Not started yet.
   *
   * @param pauseNanos how long to wait, asked before each wait
   * @param look answers for its own failures, but for what even telling of them may throw
   * @param thrown told when it has thrown all the same
   */
  PollThread(String name, LongSupplier pauseNanos, Runnable look, Runnable thrown) {
    this.name = name;
    this.pauseNanos = pauseNanos;
    this.look = look;
    this.thrown = thrown;
  }

  /**
   * Looks once on the caller's thread, and from then on its own.
   *
   * @param of whose thread it is, for messages
   * @param before done before anything else
   * @throws IllegalStateException if it was started before, or is closed
   */
  synchronized void start(Object of, Runnable before) {
    if (thread != null) {
      throw new IllegalStateException(of + " is started already (expected: one Flags for it)");
    }
    if (isClosed()) {
      throw new IllegalStateException(of + " is closed (expected: not yet)");
    }
    Thread poller = new Thread(this::lookUntilClosed, name);
    poller.setDaemon(true);
    thread = poller;
    before.run();
    look.run();
    poller.start(); // closed meanwhile? It looks before it does anything
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Ends the thread; waits for it for up to 0.9 s. */
  void close() {
    closed.countDown();
    Thread poller = thread;
    // Should a look close us, this is the thread itself.
    if (poller != null && poller != Thread.currentThread()) {
      poller.interrupt();
      try {
        poller.join(CLOSE_TIMEOUT_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void lookUntilClosed() {
    while (true) {
      try {
        if (closed.await(pauseNanos.getAsLong(), TimeUnit.NANOSECONDS)) {
          return;
        }
        look.run();
      } catch (InterruptedException e) {
        // Somebody's, or close()'s: then the latch is open, and the next round ends it.
      } catch (Throwable t) {
        // An appender that throws, or memory that ran out, must not leave the flags frozen for the
        // rest of the process.
        thrown.run();
      }
    }
  }
}
