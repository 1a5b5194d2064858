package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Shuts a Lettuce client down once the commands that were sent have their replies. {@link
 * AbstractRedisClient#shutdown()} alone closes the connections at once, and whoever waits for a
 * reply gets an exception, though Redis has done what was asked. Needs Lettuce; no other class of
 * zdd-shutdown does.
 *
 * <pre>{@code
 * RedisClient client = RedisClient.create(uri);
 * builder.close("sessions", LettuceClose.of(client)); // before it connects
 * }</pre>
 *
 * <p>It sends a {@code PING} on each connection: Redis answers a connection's commands in order, so
 * when that is answered all before it are. Waited for are the connections that the client makes
 * after {@link #of}, and those given to it; one that is not connected at the moment is not waited
 * for. Then the client is shut down, with a quiet period of 0.1 s and at most 0.5 s (Lettuce's own
 * default: none and 2 s). Shared {@code ClientResources} stay, they are their owner's to shut down.
 *
 * <p>If a reply does not come within the bound (a command that blocks, a server that hangs), the
 * client is shut down all the same, and {@link #close} throws, so that the report says so.
 */
public final class LettuceClose implements AutoCloseable {
  private static final Duration BOUND = Duration.ofSeconds(4);
  private static final Duration QUIET = Duration.ofMillis(100);
  private static final Duration SHUTDOWN = Duration.ofMillis(500);

  private final AbstractRedisClient client;
  private final Duration bound;
  // Guarded by itself. Weak: a connection that its owner has forgotten has nothing to wait for.
  private final Set<StatefulRedisConnection<?, ?>> connections =
      Collections.newSetFromMap(new WeakHashMap<>());

  private LettuceClose(
      AbstractRedisClient client, Duration bound, List<StatefulRedisConnection<?, ?>> known) {
    this.client = requireNonNull(client, "client");
    this.bound = requireNonNull(bound, "bound");
    if (bound.isNegative()) {
      throw new IllegalArgumentException("bound: " + bound + " (expected: >= 0)");
    }
    connections.addAll(known);
  }

  /** Waits for up to 4 s for replies; a step has 5 s. */
  // A module that calls this has Lettuce; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static LettuceClose of(
      AbstractRedisClient client, StatefulRedisConnection<?, ?>... connections) {
    return of(client, BOUND, connections);
  }

  /**
   * Waits for up to {@code bound} for replies; with the shutdown's 0.5 s it should be less than the
   * bound of a step (default 5 s).
   *
   * @param bound at least 0
   * @param connections those that the client has made already
   * @throws IllegalArgumentException if {@code bound} is negative
   */
  @SuppressWarnings("exports") // as above
  public static LettuceClose of(
      AbstractRedisClient client, Duration bound, StatefulRedisConnection<?, ?>... connections) {
    LettuceClose close = new LettuceClose(client, bound, List.of(connections));
    client.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisConnected(RedisChannelHandler<?, ?> connected, SocketAddress address) {
            close.remember(connected);
          }
        });
    return close;
  }

  /**
   * Does it. An interrupt of the calling thread, which is what the shutdown does at the step's
   * bound, ends the wait for replies.
   *
   * @throws TimeoutException if replies were missing at the bound
   */
  @Override
  public void close() throws TimeoutException {
    int missing = awaitReplies();
    shutDown();
    if (missing > 0) {
      throw new TimeoutException(
          "after " + Seconds.of(bound) + " connections with replies missing: " + missing);
    }
  }

  private void remember(RedisChannelHandler<?, ?> connected) {
    if (connected instanceof StatefulRedisConnection<?, ?> connection) {
      synchronized (connections) {
        connections.add(connection);
      }
    }
  }

  private int awaitReplies() {
    List<StatefulRedisConnection<?, ?>> open;
    synchronized (connections) {
      open = new ArrayList<>(connections);
    }
    // isOpen first: a command on a closed connection fails, on a lost one it would wait for ever.
    List<CompletableFuture<String>> replies =
        open.stream()
            .filter(StatefulRedisConnection::isOpen)
            .map(connection -> connection.async().ping().toCompletableFuture())
            .toList();
    try {
      CompletableFuture.allOf(replies.toArray(new CompletableFuture<?>[0]))
          .get(bound.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException | InterruptedException e) {
      // An error is a reply too (NOAUTH); what is missing is counted below.
    }
    return (int) replies.stream().filter(reply -> !reply.isDone()).count();
  }

  // Not client.shutdown(…): that waits without a bound of its own for channels to close.
  private void shutDown() {
    try {
      client
          .shutdownAsync(QUIET.toMillis(), SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)
          .orTimeout(SHUTDOWN.toMillis() * 2, TimeUnit.MILLISECONDS)
          .join();
    } catch (CompletionException e) {
      throw new IllegalStateException("the client did not shut down in time", e.getCause());
    }
  }
}
