package dev.zdd.peers;

import dev.zdd.core.Lifecycle;
import dev.zdd.health.Health;
import dev.zdd.netty.EndpointHandler;
import dev.zdd.netty.NettyDrain;
import dev.zdd.shutdown.GracefulShutdown;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * zdd on Netty, as in the quick start of the README; nothing is set but {@code announceUnprobed}.
 */
public final class ZddOnNetty {
  private static final int MOST_BODY_BYTES = 1 << 20;

  private ZddOnNetty() {}

  /** Arguments: port, version, announceUnprobed. */
  public static void main(String[] args) throws InterruptedException {
    Lifecycle lifecycle = new Lifecycle();
    Health health = Health.builder(lifecycle).start();
    EndpointHandler probes = EndpointHandler.of(health.endpoint(), "/healthz", "/ready");
    NettyDrain drain = NettyDrain.of(lifecycle);
    Shop shop = new Shop(args[0], args[1]);
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            drain.connectionHandler(),
                            probes,
                            new HttpObjectAggregator(MOST_BODY_BYTES),
                            shop);
                  }
                });
    drain.listener(bootstrap.bind("127.0.0.1", Integer.parseInt(args[0])).sync().channel());
    GracefulShutdown.builder(lifecycle)
        .server(drain)
        // Left in their select, the loops cost 0.3 s: so long does the JVM's exit wait for them.
        .close(
            "event-loops",
            () -> loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly())
        .announceUnprobed(Work.millis(args[2]))
        .install();
    lifecycle.ready();
  }

  @Sharable
  private static final class Shop extends SimpleChannelInboundHandler<FullHttpRequest> {
    private final String port;
    private final String version;

    Shop(String port, String version) {
      this.port = port;
      this.version = version;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      QueryStringDecoder target = new QueryStringDecoder(request.uri());
      List<String> millis = target.parameters().getOrDefault("ms", List.of("0"));
      var unused =
          context
              .executor()
              .schedule(
                  () -> answer(context, target.path()),
                  Long.parseLong(millis.get(0)),
                  TimeUnit.MILLISECONDS);
    }

    private void answer(ChannelHandlerContext context, String path) {
      FullHttpResponse response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.OK,
              Unpooled.wrappedBuffer(Work.answer(path)));
      response.headers().set("X-Shop-Instance", port);
      response.headers().set("X-Shop-Version", version);
      HttpUtil.setContentLength(response, response.content().readableBytes());
      var unused = context.writeAndFlush(response);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable e) {
      var unused = context.close();
    }
  }
}
