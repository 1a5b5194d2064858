package dev.zdd.examples.shop;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.netty.EndpointHandler;
import dev.zdd.netty.NettyDrain;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.net.InetSocketAddress;
import java.util.Map;

/** The shop on Netty 4.2: zdd's connection handler, endpoint handler and drain in its pipeline. */
final class ShopOnNetty implements ShopServer, AutoCloseable {
  private static final int MOST_CHUNK_BYTES = 8 << 10;
  private static final int BACKLOG = 1024;

  private final EventLoopGroup loops;
  private final Channel listener;
  private final NettyDrain drain;

  private ShopOnNetty(EventLoopGroup loops, Channel listener, NettyDrain drain) {
    this.loops = loops;
    this.listener = listener;
    this.drain = drain;
  }

  static ShopOnNetty start(
      String host,
      int port,
      Shop shop,
      Map<String, String> shopHeaders,
      Endpoint endpoint,
      Lifecycle lifecycle,
      boolean http2)
      throws InterruptedException {
    NettyDrain drain = NettyDrain.of(lifecycle);
    EndpointHandler probes =
        EndpointHandler.of(endpoint, ShopEndpoints.PATHS.toArray(String[]::new));
    Pipelines pipelines = new Pipelines(drain, probes, new ShopHandler(shop, shopHeaders));
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (http2) {
                      channel
                          .pipeline()
                          .addLast(drain.cleartextHandler(pipelines::http1, pipelines::http2));
                    } else {
                      pipelines.http1(channel.pipeline());
                    }
                  }
                });
    try {
      Channel listener = bootstrap.bind(new InetSocketAddress(host, port)).sync().channel();
      return new ShopOnNetty(loops, drain.listener(listener), drain);
    } catch (Exception e) { // sync() throws what the bind threw, declared or not
      var unused = loops.shutdownGracefully();
      throw e;
    }
  }

  /** What is in a connection's pipeline, by what it speaks. */
  private record Pipelines(NettyDrain drain, EndpointHandler probes, ShopHandler shop) {
    private static final EchoHandler ECHO = new EchoHandler();

    void http1(ChannelPipeline connection) {
      connection.addLast(
          new HttpServerCodec(MOST_HEAD_BYTES, MOST_HEAD_BYTES, MOST_CHUNK_BYTES),
          drain.connectionHandler(),
          probes,
          new HttpObjectAggregator(MOST_BODY_BYTES),
          new WebSocketServerProtocolHandler(Echo.PATH),
          ECHO,
          shop);
    }

    void http2(ChannelPipeline connection) {
      connection.addLast(
          Http2FrameCodecBuilder.forServer().build(),
          drain.http2ConnectionHandler(),
          new Http2MultiplexHandler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel stream) {
                  stream
                      .pipeline()
                      .addLast(
                          new Http2StreamFrameToHttpObjectCodec(true),
                          probes,
                          new HttpObjectAggregator(MOST_BODY_BYTES),
                          shop);
                }
              }));
    }
  }

  @Override
  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public Drainable drain() {
    return drain;
  }

  /** Ends the event loops; for after the drain has closed its channels. */
  @Override
  public void close() {
    loops.shutdownGracefully(0, 2, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }
}
