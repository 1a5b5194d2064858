package dev.zdd.netty;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Netty server as the shutdown sees it: its listeners, its connections, and what is in flight on
 * them.
 *
 * <pre>{@code
 * NettyDrain drain = NettyDrain.of(lifecycle);
 * bootstrap.childHandler(new ChannelInitializer<>() {
 *   protected void initChannel(Channel ch) {
 *     ch.pipeline().addLast(
 *         new HttpServerCodec(),
 *         drain.connectionHandler(),
 *         endpoints,                    // EndpointHandler.of(health.endpoint(), "/healthz", ...)
 *         new ShopHandler());
 *   }
 * });
 * drain.listener(bootstrap.bind(port).sync().channel());
 * }</pre>
 *
 * <p>The event loop groups belong to the application: they are shut down after {@link #close()},
 * for {@code shutdownGracefully()} closes every channel at once. No method may be called on an
 * event loop: they wait for the loops, though never longer than their bound.
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
public final class NettyDrain implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(NettyDrain.class);

  private static final Duration EMPTYING_BOUND = Duration.ofSeconds(1);
  private static final Duration UNBIND_BOUND = EMPTYING_BOUND.plusMillis(500);
  private static final Duration IDLE_BOUND = Duration.ofMillis(500);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);

  private final Lifecycle lifecycle;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  // Every connection, from its accept on; and those of them that speak HTTP/1.1 with our handler.
  private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
  private final Set<HttpConnection> http = ConcurrentHashMap.newKeySet();

  private NettyDrain(Lifecycle lifecycle) {
    this.lifecycle = lifecycle;
  }

  /** A drain without listeners yet, which counts what it sees on {@code lifecycle}. */
  public static NettyDrain of(Lifecycle lifecycle) {
    return new NettyDrain(requireNonNull(lifecycle, "lifecycle"));
  }

  /**
   * A new handler for one connection; it belongs right behind the {@code HttpServerCodec}, before
   * any aggregator, compressor or {@link EndpointHandler}.
   *
   * <p>It counts each request as in flight until the last byte of its response has been handed to
   * the socket, answers pipelined requests in order, keeps or closes the connection as HTTP/1.0 and
   * 1.1 have it (a {@code HttpServerKeepAliveHandler} is not needed, and does no harm), and from
   * the moment the lifecycle is leaving says {@code Connection: close} and closes in stages. Once
   * the in-flight gate is closed, a request is answered with 503 and {@code Retry-After}.
   */
  public ChannelHandler connectionHandler() {
    return new HttpConnection(this, lifecycle);
  }

  /**
   * Takes in a bound listener; a server may have several. Call it before traffic is expected.
   *
   * @return {@code listener}
   * @throws IllegalArgumentException if it is not a server channel
   */
  public Channel listener(Channel listener) {
    if (!(requireNonNull(listener, "listener") instanceof ServerChannel)) {
      throw new IllegalArgumentException(
          "listener: " + listener + " (expected: a ServerChannel, as bind() gives it)");
    }
    Listener added = new Listener(listener, this::opened);
    listener.pipeline().addFirst(added);
    listeners.add(added);
    return listener;
  }

  /** Nothing is sent: each connection looks at the lifecycle when it writes a response. */
  @Override
  public void announce() {
    log.debug("{} connections open; each next response says that it is the last", open());
  }

  /**
   * Accepts what is in the kernel's queue, then closes the listeners; takes 1.5 s at most. What has
   * been accepted is in {@link #open()} when this returns, though a worker loop may not have seen
   * it yet. A connection whose handshake is half done at the close, or is completed in the
   * microseconds before it, is the kernel's to reset: no program can accept it.
   */
  @Override
  public void unbind() throws InterruptedException {
    long now = System.nanoTime();
    long deadline = now + UNBIND_BOUND.toNanos();
    for (Listener listener : listeners) {
      try {
        listener.closeWhenEmpty(now + EMPTYING_BOUND.toNanos());
      } catch (RejectedExecutionException e) {
        log.debug("{} has gone with its event loop", listener.channel(), e);
      }
    }
    for (Listener listener : listeners) {
      Channel channel = listener.channel();
      if (!channel.closeFuture().await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        log.warn(
            "{} did not empty its accept queue within {} (is its event loop blocked?): closing it"
                + " as it is",
            channel,
            UNBIND_BOUND);
        channel.close();
      }
    }
  }

  @Override
  public int open() {
    return connections.size();
  }

  /**
   * Whether a connection is idle is decided on its event loop, after the loop has once more looked
   * at the socket; this waits 500 ms for that, and returns what had been closed by then. A
   * connection on which the beginning of a request has come, or that has left HTTP, is not idle.
   */
  @Override
  public int closeIdle(Duration idle) {
    long now = System.nanoTime();
    long nanos = idle.toNanos();
    List<HttpConnection> quiet =
        http.stream()
            .map(connection -> new Quiet(connection, now - connection.quietSince()))
            .filter(one -> one.nanos() >= nanos)
            .sorted(Comparator.comparingLong(Quiet::nanos).reversed())
            .map(Quiet::connection)
            .toList();
    AtomicInteger closed = new AtomicInteger();
    CountDownLatch decisions = new CountDownLatch(quiet.size());
    for (HttpConnection connection : quiet) {
      decideOnLoop(connection, idle, closed, decisions);
    }
    await(decisions);
    return closed.get();
  }

  private static void decideOnLoop(
      HttpConnection connection, Duration idle, AtomicInteger closed, CountDownLatch decisions) {
    Channel channel = connection.channel();
    if (channel == null) {
      decisions.countDown();
      return;
    }
    Runnable decide =
        () -> {
          if (connection.closeIfIdle(idle)) {
            closed.incrementAndGet();
          }
          decisions.countDown();
        };
    try {
      // Not at once: a request that waits in the socket already would be closed upon. A timer that
      // is set on the loop is looked at after the loop has next polled its sockets.
      EventLoop loop = channel.eventLoop();
      loop.execute(() -> loop.schedule(decide, 1, TimeUnit.MILLISECONDS));
    } catch (RejectedExecutionException e) {
      decisions.countDown(); // the loop is gone, and the channel with it
    }
  }

  private static void await(CountDownLatch decisions) {
    try {
      if (!decisions.await(IDLE_BOUND.toNanos(), TimeUnit.NANOSECONDS)) {
        log.debug("{} connections not decided within {}", decisions.getCount(), IDLE_BOUND);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Closes the listeners and cuts what is left, waiting 2 s at most.
   *
   * @throws IOException if connections are open after that
   */
  @Override
  public void close() throws IOException {
    for (Listener listener : listeners) {
      listener.channel().close();
    }
    long deadline = System.nanoTime() + CLOSE_BOUND.toNanos();
    Set<Channel> told = ConcurrentHashMap.newKeySet();
    // In a loop, for a connection accepted just now has no event loop yet on which to close it.
    while (!connections.isEmpty()
        && System.nanoTime() - deadline < 0
        && !Thread.currentThread().isInterrupted()) {
      for (Channel channel : connections) {
        if (channel.isRegistered() && told.add(channel)) {
          cut(channel);
        }
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
    if (!connections.isEmpty()) {
      throw new IOException(
          open() + " connections did not close within " + CLOSE_BOUND + " (expected: none left)");
    }
  }

  private static void cut(Channel channel) {
    try {
      channel
          .eventLoop()
          .execute(() -> {
            HttpConnection connection = channel.pipeline().get(HttpConnection.class);
            if (connection == null) {
              channel.close();
            } else {
              connection.cut();
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("{} has gone with its event loop", channel, e);
    }
  }

  /** A connection has been accepted. It counts until its channel is closed. */
  void opened(Channel channel) {
    if (connections.add(channel)) {
      channel.closeFuture().addListener(closed -> connections.remove(channel));
    }
  }

  void opened(HttpConnection connection, Channel channel) {
    opened(channel);
    http.add(connection);
  }

  void closed(HttpConnection connection) {
    http.remove(connection);
  }

  private record Quiet(HttpConnection connection, long nanos) {}
}
