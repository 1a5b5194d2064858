package dev.zdd.netty;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.AcceptQueue;
import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
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
 * <p>A response without an end of its own, such as a stream of server-sent events, is in flight
 * until its last chunk. Who begins one says how it ends; the shutdown has that done once the
 * listener is closed:
 *
 * <pre>{@code
 * LongLived.Registration open = lifecycle.longLived().open(() ->
 *     ctx.executor().execute(() ->
 *         ctx.writeAndFlush(new DefaultLastHttpContent(
 *             copiedBuffer(": going away\nretry: 1000\n\n", UTF_8)))));
 * ctx.channel().closeFuture().addListener(closed -> open.close());
 * }</pre>
 *
 * <p>A WebSocket that {@link #connectionHandler()} has seen begin is closed by {@link #unbind()}
 * with 1001; the peer has 5 s to answer. What became something else by 101 or CONNECT is left alone
 * until {@link #close()}. So is a WebSocket on an HTTP/2 stream (RFC 8441), which is in flight like
 * any stream: end it through {@code longLived()}.
 *
 * <p>The event loop groups belong to the application: they are shut down after {@link #close()},
 * for {@code shutdownGracefully()} closes every channel at once. No method may be called on an
 * event loop: they wait for the loops, though never longer than their bound.
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
public final class NettyDrain implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(NettyDrain.class);

  private static final Duration ADDING_BOUND = Duration.ofSeconds(5);
  private static final Duration EMPTYING_BOUND = Duration.ofSeconds(1);
  private static final Duration UNBIND_BOUND = EMPTYING_BOUND.plusMillis(500);
  private static final Duration IDLE_BOUND = Duration.ofMillis(500);
  private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);

  private final Lifecycle lifecycle;
  private final Probes probes = new Probes();
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  // Every connection, from its accept on: what our handler makes of it, or Accepted.
  private final Map<Channel, Connection> connections = new ConcurrentHashMap<>();
  private final ChannelFutureListener forget = closed -> forget(closed.channel());
  // Closed as idle and not reported yet.
  private final AtomicInteger idleClosed = new AtomicInteger();
  private volatile boolean unbound;

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
    return new HttpConnection(this, lifecycle, probes);
  }

  /**
   * A new handler for one HTTP/2 connection; it belongs right behind the {@code Http2FrameCodec}
   * (netty-codec-http2), before the {@code Http2MultiplexHandler}.
   *
   * <p>It counts each stream as in flight until the last frame of its response has been handed to
   * the socket or the stream is reset, except those that an {@link EndpointHandler} in the stream's
   * pipeline answers. Once the in-flight gate is closed, a stream is reset with REFUSED_STREAM,
   * which allows the client to send the request again elsewhere.
   *
   * <p>From {@link #announce()} on it sends GOAWAY with the highest stream id, and a PING; when
   * that is answered and no stream has been opened for 250 ms, or after 1 s, GOAWAY with the last
   * stream that was taken (RFC 9113 section 6.8). Streams opened until then are served, later ones
   * reset with REFUSED_STREAM. A connection that has had no stream is told after its first one, or
   * by {@link #unbind()}. Streams run to their last byte; after the last one the client closes the
   * connection, or the server does 1 s later.
   */
  public ChannelHandler http2ConnectionHandler() {
    return new Http2Goodbye(this, lifecycle);
  }

  /**
   * A new handler for one cleartext connection on a port that serves HTTP/1.1 and HTTP/2 with prior
   * knowledge: the only one in the pipeline at first. When enough bytes have come to tell, it calls
   * one of the two on the event loop, which adds the handlers to the end of the pipeline, and takes
   * itself out. With TLS, use Netty's {@code ApplicationProtocolNegotiationHandler} instead.
   *
   * <p>The handlers that are added are not told {@code channelActive}: it was before them.
   */
  public ChannelHandler cleartextHandler(
      Consumer<ChannelPipeline> http1, Consumer<ChannelPipeline> http2) {
    return new PriorKnowledge(this, requireNonNull(http1, "http1"), requireNonNull(http2, "http2"));
  }

  /**
   * Takes in a bound listener; a server may have several. Call it before traffic is expected. On
   * another thread than the listener's event loop it waits for that one, 5 s at most.
   *
   * <p>A listener that the process has inherited (socket activation) is registered, not bound:
   * {@code bootstrap.channelFactory(() -> new NioServerSocketChannel(inherited)).register()}. Its
   * accept queue is shared with a successor, so that nothing is lost when this process closes it.
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
    awaitAdded(listener);
    return listener;
  }

  /**
   * Another thread's handler is added by the loop, and passed over until then: what is accepted in
   * that time would not be known before its own loop has made its pipeline.
   */
  private static void awaitAdded(Channel listener) {
    if (!listener.isRegistered()) {
      return; // it accepts nothing before that, and registering adds the handlers
    }
    EventLoop loop = listener.eventLoop();
    if (loop.inEventLoop()) {
      return;
    }
    try {
      if (!loop.submit(() -> {}).awaitUninterruptibly(ADDING_BOUND.toMillis())) {
        log.warn("the event loop of {} has not answered within {}", listener, ADDING_BOUND);
      }
    } catch (RejectedExecutionException e) {
      log.debug("{} has gone with its event loop", listener, e);
    }
  }

  /**
   * HTTP/1.1 connections are sent nothing: each looks at the lifecycle when it writes a response.
   * Those with HTTP/2 that have been used are sent a GOAWAY.
   */
  @Override
  public void announce() {
    log.debug("{} connections open; they are told that the server goes", open());
    onLoops(Connection::announce);
    listeners.forEach(Listener::announce);
  }

  /** Whether {@link #unbind} can reset nobody who connects; for tests. */
  boolean canTakeNoMore() {
    return listeners.stream().allMatch(Listener::canTakeNoMore);
  }

  /**
   * Accepts what is in the kernel's queue, then closes the listeners; takes 1.5 s at most. What has
   * been accepted is in {@link #open()} when this returns, though a worker loop may not have seen
   * it yet. WebSockets are then closed with 1001, HTTP/2 connections that have not been told are
   * sent their GOAWAY, both without waiting. A connection whose handshake is half done at the
   * close, or is completed in the microseconds before it, is the kernel's to reset, unless {@link
   * AcceptQueue#takeNoMore} keeps it from coming.
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
    // The flag first: what becomes a WebSocket now either is found below or sees it.
    unbound = true;
    onLoops(Connection::unbound);
  }

  private void onLoops(Consumer<Connection> task) {
    connections.forEach((channel, connection) -> {
      if (connection instanceof Accepted) {
        return; // it may have no event loop yet
      }
      try {
        channel.eventLoop().execute(() -> task.accept(connection));
      } catch (RejectedExecutionException e) {
        log.debug("{} has gone with its event loop", channel, e);
      }
    });
  }

  /** Whether the listeners are closed, and sessions without an end of their own to be ended. */
  boolean isUnbound() {
    return unbound;
  }

  @Override
  public int open() {
    return connections.size();
  }

  /**
   * Whether a connection is idle is decided on its event loop, after the loop has once more looked
   * at the socket; this waits 500 ms for that. What is closed later is in the next result. A
   * connection on which the beginning of a request has come, or that has left HTTP, is not idle.
   */
  @Override
  public int closeIdle(Duration idle) {
    long now = System.nanoTime();
    long nanos = idle.toNanos();
    List<Quiet> quiet =
        connections.entrySet().stream()
            .filter(one -> !(one.getValue() instanceof Accepted))
            .map(one -> new Quiet(one.getKey(), one.getValue(), now - one.getValue().quietSince()))
            .filter(one -> one.nanos() >= nanos)
            .sorted(Comparator.comparingLong(Quiet::nanos).reversed())
            .toList();
    Map<EventLoop, Queue<Connection>> byLoop = new LinkedHashMap<>();
    for (Quiet one : quiet) {
      byLoop
          .computeIfAbsent(one.channel().eventLoop(), loop -> new ArrayDeque<>())
          .add(one.connection());
    }
    CountDownLatch done = new CountDownLatch(byLoop.size());
    byLoop.forEach(
        (loop, candidates) -> new IdleClosing(loop, candidates, idle, idleClosed, done).start());
    await(done);
    return idleClosed.getAndSet(0);
  }

  private static void await(CountDownLatch done) {
    try {
      if (!done.await(IDLE_BOUND.toNanos(), TimeUnit.NANOSECONDS)) {
        log.debug("{} event loops still decide after {}", done.getCount(), IDLE_BOUND);
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
      for (Channel channel : connections.keySet()) {
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

  private void cut(Channel channel) {
    try {
      channel
          .eventLoop()
          .execute(() -> {
            Connection connection = connections.getOrDefault(channel, Accepted.ACCEPTED);
            if (connection instanceof Accepted) {
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
    if (connections.putIfAbsent(channel, Accepted.ACCEPTED) == null) {
      channel.closeFuture().addListener(forget);
    }
  }

  // In this order: who sees that it is not open any more finds nothing of it in flight. Netty tells
  // its handlers only after that.
  private void forget(Channel closed) {
    try {
      connections.getOrDefault(closed, Accepted.ACCEPTED).ended();
    } finally {
      connections.remove(closed); // or the drain would wait for what has gone
    }
  }

  /** A connection has a handler of ours, in place of the one it may have had. */
  void opened(Connection connection, Channel channel) {
    opened(channel);
    connections.replace(channel, connection); // nothing if the channel has closed meanwhile
  }

  void closed(Connection connection, Channel channel) {
    connections.replace(channel, connection, Accepted.ACCEPTED);
  }

  private record Quiet(Channel channel, Connection connection, long nanos) {}
}
