package dev.zdd.netty;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.MultithreadEventExecutorGroup;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A small shop on Netty, whose slow answers are given when the test says so. */
final class TestServer implements AutoCloseable {
  private static final int WORKERS = 2;

  final Lifecycle lifecycle = new Lifecycle();
  final NettyDrain drain = NettyDrain.of(lifecycle);
  private final Queue<CountDownLatch> blocks = new ConcurrentLinkedQueue<>();
  final AtomicInteger accepted = new AtomicInteger();
  final Queue<String> seen = new ConcurrentLinkedQueue<>();
  final Queue<Waiting> waiting = new ConcurrentLinkedQueue<>();
  final Queue<CompletableFuture<EndpointResponse>> polls = new ConcurrentLinkedQueue<>();
  final EndpointHandler endpoints = EndpointHandler.of(new Ready(polls), "/ready");

  private final EventLoopGroup boss;
  final EventLoopGroup workers;
  final Channel listener;

  /** Says back what it is asked; /ready?wait is answered when the test says so. */
  record Ready(Queue<CompletableFuture<EndpointResponse>> polls) implements Endpoint {
    @Override
    public EndpointResponse handle(EndpointRequest request) {
      return EndpointResponse.of(
          200, "text/plain", request.method() + " " + request.path() + " " + request.query());
    }

    @Override
    public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
      if (!"wait".equals(request.query())) {
        return null;
      }
      CompletableFuture<EndpointResponse> poll = new CompletableFuture<>();
      polls.add(poll);
      return poll;
    }
  }

  /** A request for /slow whose response the test gives. */
  record Waiting(ChannelHandlerContext ctx, String uri) {
    void answer() {
      ctx.writeAndFlush(ok(uri));
    }

    /** Ends a response that has begun. */
    void end() {
      ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }
  }

  TestServer() throws InterruptedException {
    this(List::of, List::of, List::of);
  }

  /** A server whose one event loop both accepts and serves, so that connections wait for both. */
  static TestServer onOneLoop(IoHandlerFactory io, Class<? extends ServerChannel> transport)
      throws InterruptedException {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, io);
    return new TestServer(loop, loop, transport, http1(List::of, List::of, List::of));
  }

  /** A server that speaks HTTP/1.1 and, with prior knowledge, HTTP/2. */
  static TestServer cleartext() throws InterruptedException {
    return new TestServer(
        nio(1),
        nio(WORKERS),
        NioServerSocketChannel.class,
        (server, pipeline) ->
            pipeline.addLast(
                server.drain.cleartextHandler(
                    http1 -> http1(List::of, List::of, List::of).accept(server, http1),
                    server::http2)));
  }

  /** A server with its own pipeline. */
  static TestServer with(BiConsumer<TestServer, ChannelPipeline> pipeline)
      throws InterruptedException {
    return new TestServer(nio(1), nio(WORKERS), NioServerSocketChannel.class, pipeline);
  }

  private static EventLoopGroup nio(int loops) {
    return new MultiThreadIoEventLoopGroup(loops, NioIoHandler.newFactory());
  }

  /** A server with more handlers: before the codec, behind it, behind the connection handler. */
  TestServer(
      Supplier<List<ChannelHandler>> before,
      Supplier<List<ChannelHandler>> behindCodec,
      Supplier<List<ChannelHandler>> after)
      throws InterruptedException {
    this(nio(1), nio(WORKERS), NioServerSocketChannel.class, http1(before, behindCodec, after));
  }

  private static BiConsumer<TestServer, ChannelPipeline> http1(
      Supplier<List<ChannelHandler>> before,
      Supplier<List<ChannelHandler>> behindCodec,
      Supplier<List<ChannelHandler>> after) {
    return (server, pipeline) -> {
      before.get().forEach(pipeline::addLast);
      pipeline.addLast(new HttpServerCodec());
      behindCodec.get().forEach(pipeline::addLast);
      pipeline.addLast(server.drain.connectionHandler());
      after.get().forEach(pipeline::addLast);
      pipeline.addLast(server.endpoints, server.new Shop());
    };
  }

  /** The shop over HTTP/2. */
  void http2(ChannelPipeline pipeline) {
    pipeline.addLast(
        Http2FrameCodecBuilder.forServer().build(),
        drain.http2ConnectionHandler(),
        new Http2MultiplexHandler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel stream) {
                stream
                    .pipeline()
                    .addLast(new Http2StreamFrameToHttpObjectCodec(true), endpoints, new Shop());
              }
            }));
  }

  private TestServer(
      EventLoopGroup boss,
      EventLoopGroup workers,
      Class<? extends ServerChannel> transport,
      BiConsumer<TestServer, ChannelPipeline> pipeline)
      throws InterruptedException {
    this.boss = boss;
    this.workers = workers;
    listener =
        drain.listener(
            new ServerBootstrap()
                .group(boss, workers)
                .channel(transport)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .childHandler(
                    new ChannelInitializer<>() {
                      @Override
                      protected void initChannel(Channel ch) {
                        accepted.incrementAndGet();
                        pipeline.accept(TestServer.this, ch.pipeline());
                      }
                    })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel());
    lifecycle.ready();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  Client client() throws Exception {
    return new Client(port());
  }

  /** Stops every worker loop until the latch is released; returns when they have stopped. */
  void blockWorkers(CountDownLatch release) throws InterruptedException {
    blocks.add(release);
    CountDownLatch blocked =
        new CountDownLatch(((MultithreadEventExecutorGroup) workers).executorCount());
    for (EventExecutor worker : workers) {
      worker.execute(() -> {
        blocked.countDown();
        try {
          release.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      });
    }
    blocked.await();
  }

  /**
   * Stops the event loop of a connection until the end of the test when the drain has just learnt
   * that it is closed, and its handlers have not.
   */
  void holdOnceForgotten(Channel connection) {
    CountDownLatch release = new CountDownLatch(1);
    blocks.add(release);
    connection.closeFuture().addListener(closed -> release.await()); // told in the order of adding
  }

  /** Returns when every worker loop has looked at its sockets once more. */
  void passLoops() throws Exception {
    for (EventExecutor worker : workers) {
      worker.submit(() -> worker.schedule(() -> {}, 1, TimeUnit.MILLISECONDS)).get().get();
    }
  }

  /** Whether a worker that is blocked has something to do behind that. */
  boolean tasksWait() {
    for (EventExecutor worker : workers) {
      if (((SingleThreadEventExecutor) worker).pendingTasks() > 0) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    blocks.forEach(CountDownLatch::countDown); // also after a test that failed
    drain.close();
    boss.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    workers.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    boss.terminationFuture().syncUninterruptibly();
    workers.terminationFuture().syncUninterruptibly();
  }

  static FullHttpResponse ok(String body) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.OK,
            Unpooled.copiedBuffer(body, StandardCharsets.UTF_8));
    HttpUtil.setContentLength(response, response.content().readableBytes());
    return response;
  }

  /** Says what it was asked for; /slow and /stream wait, /big is 8 MB, others answer at once. */
  private final class Shop extends ChannelInboundHandlerAdapter {
    private String uri = "";
    private boolean early;
    private long received;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      try {
        if (msg instanceof HttpRequest request) {
          uri = request.uri();
          received = 0;
          seen.add(request.method() + " " + uri);
          early = uri.startsWith("/early") || request.decoderResult().isFailure();
          if (uri.startsWith("/continue")) {
            ctx.writeAndFlush(
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE));
          }
          if (early) {
            FullHttpResponse response =
                uri.endsWith("-empty")
                    ? new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT)
                    : ok(uri);
            if (request.decoderResult().isFailure()) {
              response = ok("");
              response.setStatus(HttpResponseStatus.BAD_REQUEST);
            }
            ctx.writeAndFlush(response);
          }
        }
        if (msg instanceof HttpContent content) {
          received += content.content().readableBytes();
        }
        if (msg instanceof LastHttpContent && !early) {
          answer(ctx);
        }
      } finally {
        ReferenceCountUtil.release(msg);
      }
    }

    private void answer(ChannelHandlerContext ctx) {
      if (uri.startsWith("/slow")) {
        waiting.add(new Waiting(ctx, uri));
      } else if (uri.startsWith("/stream")) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        HttpUtil.setTransferEncodingChunked(head, true);
        waiting.add(new Waiting(ctx, uri));
        ctx.write(head);
        ctx.writeAndFlush(
            new DefaultHttpContent(Unpooled.copiedBuffer("part", StandardCharsets.UTF_8)));
      } else if (uri.startsWith("/big")) {
        FullHttpResponse big =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.OK, ctx.alloc().buffer(8 << 20));
        big.content().writeZero(8 << 20);
        HttpUtil.setContentLength(big, 8 << 20);
        ctx.writeAndFlush(big);
      } else if (uri.startsWith("/closing")) {
        ChannelFuture written = ctx.writeAndFlush(ok(uri));
        written.addListener(done -> ctx.channel().close());
      } else if (uri.startsWith("/unsized")) {
        ctx.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.OK,
                Unpooled.copiedBuffer("unsized", StandardCharsets.UTF_8)));
      } else if (uri.startsWith("/empty")) {
        ctx.writeAndFlush(
            new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT));
      } else if (uri.startsWith("/upgrade")) {
        ctx.writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS));
      } else if (uri.startsWith("/late-flush")) {
        ctx.write(ok(uri));
      } else if (uri.startsWith("/echo") || uri.startsWith("/continue")) {
        ctx.writeAndFlush(ok("received " + received));
      } else {
        ctx.writeAndFlush(ok(uri));
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
      ctx.fireChannelReadComplete();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
