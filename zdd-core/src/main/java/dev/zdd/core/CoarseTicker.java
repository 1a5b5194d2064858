package dev.zdd.core;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The machine's clock as it stood at most {@link #STEP} ago (more if the machine lets our thread
 * wait). One daemon thread for all reads it; to ask it is to read a field. {@link
 * System#nanoTime()} takes longer than everything else that counting a request costs.
 *
 * <p>The thread ends when nobody holds the ticker any more, so that an application which is taken
 * out of its container leaves no thread behind.
 */
final class CoarseTicker implements Ticker {
  static final Duration STEP = Duration.ofMillis(20);

  private static @Nullable WeakReference<CoarseTicker> shared;

  private volatile long now = System.nanoTime();

  private CoarseTicker() {}

  static synchronized Ticker shared() {
    CoarseTicker running = shared == null ? null : shared.get();
    if (running == null) {
      running = new CoarseTicker();
      if (!start(running)) {
        return Ticker.system();
      }
      shared = new WeakReference<>(running);
    }
    return running;
  }

  private static boolean start(CoarseTicker ticker) {
    WeakReference<CoarseTicker> held = new WeakReference<>(ticker);
    Thread thread = new Thread(() -> run(held), "zdd-clock");
    thread.setDaemon(true);
    thread.setContextClassLoader(null);
    try {
      thread.start();
      return true;
    } catch (OutOfMemoryError e) {
      return false; // no thread to be had: the exact clock will do
    }
  }

  private static void run(WeakReference<CoarseTicker> held) {
    while (tick(held.get())) {
      LockSupport.parkNanos(STEP.toNanos());
      Thread.interrupted(); // whoever interrupts every thread there is must not make this one spin
    }
  }

  private static boolean tick(@Nullable CoarseTicker ticker) {
    if (ticker == null) {
      return false;
    }
    ticker.now = System.nanoTime();
    return true;
  }

  @Override
  public long read() {
    return now;
  }
}
