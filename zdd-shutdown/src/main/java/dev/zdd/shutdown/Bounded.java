package dev.zdd.shutdown;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs somebody else's code for at most so long. It gets a daemon thread of its own, because code
 * that hangs can be left behind but not stopped; at its bound it is interrupted once and abandoned.
 */
final class Bounded {
  private Bounded() {}

  /** How it went. */
  sealed interface Outcome {
    /** It returned in time. */
    record Done() implements Outcome {}

    /** It threw, an Error perhaps. */
    record Failed(Throwable cause) implements Outcome {}

    /** It had not returned at its bound; {@code stack} is where it stood. */
    record Hung(Duration bound, String stack) implements Outcome {}
  }

  static Outcome run(String name, AutoCloseable action, Duration bound) {
    FutureTask<@Nullable Void> task =
        new FutureTask<>(() -> {
          action.close();
          return null;
        });
    Thread thread = new Thread(task, "zdd-shutdown-" + name);
    thread.setDaemon(true);
    try {
      thread.start();
      task.get(bound.toNanos(), TimeUnit.NANOSECONDS);
      return new Outcome.Done();
    } catch (ExecutionException e) {
      return new Outcome.Failed(e.getCause() == null ? e : e.getCause());
    } catch (TimeoutException e) {
      String stack = stackOf(thread);
      thread.interrupt();
      return new Outcome.Hung(bound, stack);
    } catch (InterruptedException e) {
      // Somebody interrupts the shutdown itself. The flag stays cleared: set again, it would make
      // every step that is still to come fail at once.
      thread.interrupt();
      return new Outcome.Failed(e);
    } catch (RuntimeException | Error e) {
      // No thread could be had for it (an OutOfMemoryError), or what it threw cannot even be
      // wrapped, because its message throws as well. It has failed, and the next gets its turn.
      return new Outcome.Failed(e);
    }
  }

  static String stackOf(Thread thread) {
    return Arrays.stream(thread.getStackTrace())
        .map(frame -> "\n    at " + frame)
        .collect(Collectors.joining());
  }
}
