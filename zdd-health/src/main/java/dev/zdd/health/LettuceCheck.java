package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Checks Redis by a {@code PING} on a connection that the application has already: it never
 * connects. Needs Lettuce; no other class of zdd-health does.
 *
 * <p>Down at once while the connection is lost (Lettuce reconnects by itself, at growing intervals
 * of up to 30 s, so recovery may show that much later). Else the reply must come within the
 * timeout. A {@code PING} that got no reply is cancelled: Lettuce would keep it, and send the pile
 * of them to the server when it is back. Take an ordinary connection, not one that is used for
 * transactions or subscriptions.
 */
public final class LettuceCheck implements HealthCheck {
  private final StatefulRedisConnection<?, ?> connection;

  private LettuceCheck(StatefulRedisConnection<?, ?> connection) {
    this.connection = requireNonNull(connection, "connection");
  }

  /** A check of the server behind {@code connection}. */
  // A module that calls this has Lettuce; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static HealthCheck of(StatefulRedisConnection<?, ?> connection) {
    return new LettuceCheck(connection);
  }

  @Override
  public HealthResult check() throws Exception {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws Exception {
    if (!connection.isOpen()) {
      return HealthResult.down("not connected");
    }
    RedisFuture<String> reply = connection.async().ping();
    try {
      // Not the whole of the timeout, so that it is we who give up, with a reason.
      String text = reply.get(timeout.toNanos() * 9 / 10, TimeUnit.NANOSECONDS);
      return HealthResult.upIf("PONG".equals(text), "the reply to PING was not PONG");
    } catch (TimeoutException e) {
      return HealthResult.down("no reply to PING within " + CheckOptions.seconds(timeout));
    } catch (ExecutionException e) {
      // "LOADING", "MASTERDOWN", "NOAUTH" and the like: the server answers, and does not serve.
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      reply.cancel(true); // Whatever ended the wait, an interrupt too; no effect after a reply.
    }
  }
}
