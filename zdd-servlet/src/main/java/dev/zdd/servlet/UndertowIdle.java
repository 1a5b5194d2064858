package dev.zdd.servlet;

import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.xnio.XnioExecutor;

/**
 * Closes the idle ones among the connections of one I/O thread: a few, then the thread looks at its
 * sockets, then a few more. A request that waits in a socket is not seen by its connection, and a
 * thread that closes thousands in one go does not look for a tenth of a second.
 */
final class UndertowIdle implements Runnable {
  private static final int FEW = 16;

  private final XnioExecutor thread;
  private final Queue<UndertowConnection> candidates;
  private final AtomicInteger closed;
  private final CountDownLatch done;

  /**
   * @param candidates connections of {@code thread}, from here on this object's
   * @param closed counts those that are closed
   * @param done counted down when all are decided, or none can be any more
   */
  UndertowIdle(
      XnioExecutor thread,
      Queue<UndertowConnection> candidates,
      AtomicInteger closed,
      CountDownLatch done) {
    this.thread = thread;
    this.candidates = candidates;
    this.closed = closed;
    this.done = done;
  }

  void start() {
    try {
      thread.execute(this::afterNextSelect);
    } catch (RejectedExecutionException e) {
      done.countDown(); // the thread has ended, and its connections with it
    }
  }

  // Before it selects an I/O thread runs whatever is queued or due; this is neither.
  private void afterNextSelect() {
    try {
      var unused = thread.executeAfter(this, 1, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      done.countDown();
    }
  }

  @Override
  public void run() {
    for (int i = 0; i < FEW && !candidates.isEmpty(); i++) {
      if (candidates.remove().closeIfIdle()) {
        closed.incrementAndGet();
      }
    }
    if (candidates.isEmpty()) {
      done.countDown();
    } else {
      afterNextSelect();
    }
  }
}
