package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.masterreplica.StatefulRedisMasterReplicaConnection;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Checks Redis on a connection that the application has already, be it to one server, to the master
 * that Sentinel names, to a master and its replicas, or to a Redis Cluster. Needs Lettuce; no other
 * class of zdd-health does but the one behind {@link #of(StatefulRedisClusterConnection)}.
 *
 * <p>Down at once while the connection is lost (Lettuce reconnects by itself, at growing intervals
 * of up to 30 s, so recovery may show that much later). Else the server is asked, and must reply
 * within the timeout: one that is frozen does not. One that is loading its data set, and a replica
 * that has lost its master and serves no stale data, do reply, and are down with that for a reason;
 * Redis before 7.0 answers the {@code PING} of such a replica with {@code PONG} all the same.
 *
 * <p>What gets no reply is cancelled, at the timeout and at an interrupt: Lettuce would keep it,
 * and send the pile of them to the server when it is back. Take an ordinary connection, not one
 * that is used for transactions or subscriptions. Neither host nor port ever stands in a reason.
 */
public final class LettuceCheck implements HealthCheck {
  static final String NOT_CONNECTED = "not connected";

  private static final String TEXT = "zdd";

  private final StatefulRedisConnection<?, ?> connection;

  private LettuceCheck(StatefulRedisConnection<?, ?> connection) {
    this.connection = requireNonNull(connection, "connection");
  }

  /**
   * A check of the server behind {@code connection} by a {@code PING}.
   *
   * <p>On a {@link StatefulRedisMasterReplicaConnection} the {@code PING} goes to the master, as
   * writes do, and an {@code ECHO} to a node that reads go to, as its {@code ReadFrom} says: both
   * must reply. That connection never says that it is lost, so there the timeout has to pass.
   *
   * <p>After a failover this is up when the connection has a master again. With Sentinel that is so
   * once Sentinel has promoted one; a master that froze holds on to a connection until it thaws or
   * the network gives it up ({@code SocketOptions}: keep-alive, TCP user timeout).
   */
  // A module that calls this has Lettuce; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static HealthCheck of(StatefulRedisConnection<?, ?> connection) {
    return new LettuceCheck(connection);
  }

  /**
   * A check of a whole Redis Cluster: up while each of the 16384 hash slots has a master that this
   * connection knows of, each of these masters answers {@code CLUSTER INFO}, and each says that the
   * state of the cluster is {@code ok}. A {@code PING} would not do: a master that has just come
   * back, or has lost sight of the others, answers it, and refuses every key.
   *
   * <p>One master out of reach is down, also where {@code cluster-require-full-coverage} is off:
   * requests that need its slots fail. The reason says which slots those are. Replicas are not
   * asked. After a failover this is up once Lettuce has learned the new master, for which it needs
   * its topology refresh (adaptive by default, or periodic).
   *
   * <p>Every master is asked at the same moment, on the connection on which the application writes
   * to it (opened if there is none yet); the user needs the right to {@code CLUSTER INFO}.
   */
  @SuppressWarnings("exports") // as above
  public static HealthCheck of(StatefulRedisClusterConnection<?, ?> connection) {
    return new LettuceClusterCheck(requireNonNull(connection, "connection"));
  }

  @Override
  public HealthResult check() throws Exception {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws Exception {
    if (!connection.isOpen()) {
      return HealthResult.down(NOT_CONNECTED);
    }
    List<Asked> all = new ArrayList<>(2);
    try {
      all.add(new Asked("PING", connection.async().ping(), "PONG"));
      if (connection instanceof StatefulRedisMasterReplicaConnection) {
        // Lettuce sends a PING where it sends writes, and an ECHO where it sends reads.
        all.add(new Asked("ECHO", echo(connection), TEXT));
      }
      long end = System.nanoTime() + patience(timeout);
      for (Asked each : all) {
        HealthResult answer = each.await(end - System.nanoTime(), timeout);
        if (!answer.status().isOk()) {
          return answer;
        }
      }
      return HealthResult.up();
    } finally {
      // Whatever ended the wait, an interrupt too; no effect after a reply.
      all.forEach(each -> each.reply.cancel(true));
    }
  }

  private record Asked(String command, RedisFuture<String> reply, String expected) {
    HealthResult await(long nanos, Duration timeout) throws Exception {
      try {
        String text = reply.get(nanos, TimeUnit.NANOSECONDS);
        return HealthResult.upIf(
            expected.equals(text), "the reply to " + command + " was not " + expected);
      } catch (TimeoutException e) {
        return HealthResult.down(noReply(command, timeout));
      } catch (CancellationException e) { // by Lettuce, when it gives a connection up
        return HealthResult.down(NOT_CONNECTED);
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        String refusal = cause == null ? null : refusal(cause);
        if (refusal != null) {
          return HealthResult.down(refusal);
        }
        // "NOAUTH" and the like, or no connection: the log has it in full.
        throw cause instanceof Exception exception ? exception : e;
      }
    }
  }

  private static <K, V> RedisFuture<String> echo(StatefulRedisConnection<K, V> connection) {
    return connection
        .async()
        .dispatch(
            CommandType.ECHO,
            new StatusOutput<>(connection.getCodec()),
            new CommandArgs<>(connection.getCodec()).add(TEXT));
  }

  static String noReply(String command, Duration timeout) {
    return "no reply to " + command + " within " + CheckOptions.seconds(timeout);
  }

  /** How long to wait for replies: not the whole of the timeout, so that we give the reason. */
  static long patience(Duration timeout) {
    return timeout.toNanos() * 9 / 10;
  }

  /** What an error reply means that a server gives which is there and does not serve yet. */
  static @Nullable String refusal(Throwable error) {
    String reply = String.valueOf(error.getMessage());
    if (reply.startsWith("LOADING")) {
      return "the server is loading its data set";
    }
    if (reply.startsWith("MASTERDOWN")) {
      return "the replica has lost its master and serves no stale data";
    }
    return null;
  }
}
