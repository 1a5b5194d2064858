package dev.zdd.flags;

import io.lettuce.core.ConnectionFuture;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The time that one attempt has for all its steps together. Whatever is not there in time is given
 * up for good: Lettuce would keep a command and send it when the server is back, and a connection
 * that comes late would be nobody's.
 */
final class RedisDeadline {
  private final Duration timeout;
  private final long end;

  RedisDeadline(Duration timeout) {
    this.timeout = timeout;
    this.end = System.nanoTime() + timeout.toNanos();
  }

  /** For one of {@code steps} that are equal and come one after the other. */
  RedisDeadline share(int steps) {
    return steps == 1 ? this : new RedisDeadline(Duration.ofNanos(left() / steps));
  }

  /** Awaits a connection; one that comes too late is closed. */
  @SuppressWarnings("FutureReturnValueIgnored") // nobody is there any more to be told
  <C extends StatefulConnection<?, ?>> C connection(ConnectionFuture<C> opening)
      throws IOException, InterruptedException {
    boolean opened = false;
    try {
      C connection = opening.get(left(), TimeUnit.NANOSECONDS);
      opened = true;
      return connection;
    } catch (TimeoutException e) {
      throw new IOException("no connection within " + timeout, e);
    } catch (CancellationException e) {
      throw new IOException("no connection: given up", e);
    } catch (ExecutionException e) {
      throw new IOException("no connection: " + root(e), e);
    } finally {
      if (!opened) {
        opening.whenComplete((late, failure) -> {
          if (late != null) {
            late.closeAsync();
          }
        });
      }
    }
  }

  /**
   * Awaits a reply.
   *
   * @throws RedisErrorException if it is an error
   * @throws IOException if there is none
   */
  <T> T reply(RedisFuture<T> asked) throws IOException, InterruptedException {
    try {
      return asked.get(left(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no reply within " + timeout, e);
    } catch (CancellationException e) { // by Lettuce, when a connection is given up
      throw new IOException("the connection was lost", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RedisCommandExecutionException error) {
        throw new RedisErrorException(error);
      }
      throw new IOException("no reply: " + root(e), e);
    } finally {
      asked.cancel(true); // no effect after a reply
    }
  }

  private long left() {
    return Math.max(0, end - System.nanoTime());
  }

  // Lettuce wraps: "Unable to connect to …" says less than the "Connection refused" inside it.
  private static String root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return Quoted.line(String.valueOf(root.getMessage()));
  }
}
