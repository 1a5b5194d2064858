package dev.zdd.core;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

/** Several threads, let loose at the same moment. */
final class Race {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private Race() {}

  /** Runs {@code body} once on each thread, with the thread's number, and waits for them all. */
  static void among(int threads, IntConsumer body) {
    AtomicInteger waiting = new AtomicInteger(threads);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      int number = i;
      Thread thread =
          new Thread(
              () -> {
                // Spinning, because a barrier wakes its threads one after the other.
                waiting.decrementAndGet();
                while (waiting.get() > 0) {
                  Thread.yield();
                }
                try {
                  body.accept(number);
                } catch (Throwable t) {
                  failure.compareAndSet(null, t);
                }
              },
              "racer-" + i);
      thread.setDaemon(true);
      all.add(thread);
      thread.start();
    }
    try {
      for (Thread thread : all) {
        thread.join(PATIENCE.toMillis());
        if (thread.isAlive()) {
          AssertionError stuck = new AssertionError(thread.getName() + " is stuck");
          stuck.setStackTrace(thread.getStackTrace());
          throw stuck;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (failure.get() != null) {
      throw new AssertionError("a racer failed", failure.get());
    }
  }
}
