package dev.zdd.httpserver;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The server's executor, counted. The server hands over a connection when the first byte of a
 * request has come, so this sees what no filter sees: a TLS handshake, a head that is still
 * arriving.
 */
final class BusyExecutor implements Executor {
  private final @Nullable Executor executor;
  private final AtomicInteger busy = new AtomicInteger();

  /**
   * Counts what goes to {@code executor}.
   *
   * @param executor null if the server was given none: then it works on the thread that hands over
   */
  BusyExecutor(@Nullable Executor executor) {
    this.executor = executor;
  }

  int busy() {
    return busy.get();
  }

  @Override
  public void execute(Runnable task) {
    busy.incrementAndGet();
    if (executor == null) {
      run(task);
      return;
    }
    boolean taken = false;
    try {
      executor.execute(() -> run(task));
      taken = true;
    } finally {
      if (!taken) {
        busy.decrementAndGet(); // the server closes the connection
      }
    }
  }

  private void run(Runnable task) {
    try {
      task.run();
    } finally {
      busy.decrementAndGet();
    }
  }
}
