package dev.zdd.shutdown;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells what is long-lived to end, spread evenly over a time: whoever is told connects again at
 * once, and ten thousand at once would be a storm for the instances that remain.
 *
 * <p>At most {@value #THREADS} daemon threads take one goodbye after the other. One that blocks
 * costs its thread and one that throws nothing; the others are said all the same.
 */
final class Goodbyes {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);
  private static final int THREADS = 8;

  private final List<Runnable> goodbyes;
  private final Duration over;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger returned = new AtomicInteger();
  private final AtomicInteger failed = new AtomicInteger();
  private volatile boolean abandoned;

  private Goodbyes(List<Runnable> goodbyes, Duration over) {
    this.goodbyes = goodbyes;
    this.over = over;
  }

  /** Begins to say them, and returns. */
  static Goodbyes say(List<Runnable> goodbyes, Duration over) {
    Goodbyes said = new Goodbyes(List.copyOf(goodbyes), over);
    long start = System.nanoTime();
    for (int i = 0; i < Math.min(THREADS, goodbyes.size()); i++) {
      Thread thread = new Thread(() -> said.work(start), "zdd-shutdown-goodbye-" + i);
      thread.setDaemon(true);
      try {
        thread.start();
      } catch (OutOfMemoryError e) {
        // No thread to be had. Those that run say the rest; without any, what is long-lived is cut.
        log.error("no thread for goodbyes beside the {} that run", i, e);
        break;
      }
      said.threads.add(thread);
    }
    return said;
  }

  /** How many have not returned yet, or have not been said. */
  int left() {
    return goodbyes.size() - returned.get();
  }

  /** Out of time: what has not been said stays unsaid, what blocks is interrupted and left. */
  void abandon() {
    abandoned = true;
    for (Thread thread : threads) {
      if (thread.isAlive()) {
        log.warn(
            "a goodbye has not returned; going on without it. It stands at{}",
            Bounded.stackOf(thread));
        thread.interrupt();
      }
    }
  }

  private void work(long start) {
    int count = goodbyes.size();
    for (int i = next.getAndIncrement(); i < count && !abandoned; i = next.getAndIncrement()) {
      waitUntil(start + over.dividedBy(count).multipliedBy(i).toNanos());
      if (abandoned) {
        return;
      }
      say(goodbyes.get(i));
    }
  }

  private void say(Runnable goodbye) {
    try {
      goodbye.run();
    } catch (Throwable t) {
      // Mostly a peer that is gone already. The first in full: ten thousand stacks tell no more.
      if (failed.incrementAndGet() == 1) {
        log.warn("a goodbye failed; the others are said all the same, and not logged", t);
      }
    } finally {
      returned.incrementAndGet();
    }
  }

  private void waitUntil(long time) {
    // parkNanos may return early; an interrupt that a goodbye left behind must not end the wait.
    for (long left = time - System.nanoTime();
        left > 0 && !abandoned;
        left = time - System.nanoTime()) {
      Thread.interrupted();
      LockSupport.parkNanos(left);
    }
  }
}
