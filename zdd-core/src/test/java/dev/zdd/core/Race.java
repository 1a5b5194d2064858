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

  /**
   * Lets two threads meet again and again until {@code time} is over.
   *
   * @param prepare run by one of them before each meeting, with the number of the round
   * @param meet run by both at once; the threads are never further than a round apart
   * @return how many rounds it were
   */
  static int pairs(Duration time, IntConsumer prepare, Meeting meet) {
    long start = System.nanoTime();
    AtomicInteger arrivals = new AtomicInteger();
    AtomicInteger last = new AtomicInteger(Integer.MAX_VALUE);
    among(
        2,
        number -> {
          for (int round = 0; ; round++) {
            if (number == 0) {
              if (System.nanoTime() - start > time.toNanos()) {
                last.set(round);
              }
              prepare.accept(round);
            }
            arrivals.incrementAndGet();
            for (int spins = 0; arrivals.get() < 2 * (round + 1); spins++) {
              // On a busy machine the other one may be waiting for this very processor.
              if (spins > 1_000) {
                Thread.yield();
              } else {
                Thread.onSpinWait();
              }
            }
            if (round >= last.get()) {
              return;
            }
            try {
              meet.of(number, round);
            } catch (Throwable t) {
              last.set(0);
              arrivals.addAndGet(Integer.MAX_VALUE / 2); // the other one must not wait for this one
              throw t;
            }
          }
        });
    return last.get();
  }

  /** What each of two threads does when they meet. */
  interface Meeting {
    void of(int number, int round);
  }
}
