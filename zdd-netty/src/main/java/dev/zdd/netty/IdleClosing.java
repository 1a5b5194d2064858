package dev.zdd.netty;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Closes the idle ones among the connections of one event loop: a few, then the loop looks at its
 * sockets, then a few more. A request that waits in a socket is not seen by its connection, and a
 * loop that closes thousands in one go does not look for a tenth of a second.
 */
final class IdleClosing implements Runnable {
  private static final int FEW = 16;

  private final EventLoop loop;
  private final Queue<Connection> candidates;
  private final Duration idle;
  private final AtomicInteger closed;
  private final CountDownLatch done;

  /**
   * @param candidates connections of {@code loop}, from here on this object's
   * @param closed counts those that are closed
   * @param done counted down when all are decided, or none can be any more
   */
  IdleClosing(
      EventLoop loop,
      Queue<Connection> candidates,
      Duration idle,
      AtomicInteger closed,
      CountDownLatch done) {
    this.loop = loop;
    this.candidates = candidates;
    this.idle = idle;
    this.closed = closed;
    this.done = done;
  }

  void start() {
    try {
      loop.execute(this::afterNextLook);
    } catch (RejectedExecutionException e) {
      done.countDown(); // the loop is gone, and its channels with it
    }
  }

  // A timer that is set on the loop, however short, is looked at after the loop has next polled its
  // sockets and handled what it found.
  private void afterNextLook() {
    try {
      var unused = loop.schedule(this, 0, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      done.countDown();
    }
  }

  @Override
  public void run() {
    for (int i = 0; i < FEW && !candidates.isEmpty(); i++) {
      if (candidates.remove().closeIfIdle(idle)) {
        closed.incrementAndGet();
      }
    }
    if (candidates.isEmpty()) {
      done.countDown();
    } else {
      afterNextLook();
    }
  }
}
