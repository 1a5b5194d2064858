package dev.zdd.netty;

import dev.zdd.core.Lifecycle;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Objects;

/**
 * A server in a process of its own, which takes its listener in one of three ways, says "READY" and
 * its pid when it serves, and drains upon SIGTERM.
 */
final class HandOverProgram {
  private HandOverProgram() {}

  public static void main(String[] args) throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    NettyDrain drain = NettyDrain.of(lifecycle);
    boolean epoll = args[0].equals("epoll");
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            2, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    ch.pipeline()
                        .addLast(new HttpServerCodec(), drain.connectionHandler(), new SaysPid());
                  }
                });
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[1]));
    Channel listener =
        switch (args[0]) {
          case "inherited" -> {
            var inherited = (ServerSocketChannel) Objects.requireNonNull(System.inheritedChannel());
            // It is bound already, so it is registered only.
            yield bootstrap
                .channelFactory(() -> new NioServerSocketChannel(inherited))
                .register()
                .sync()
                .channel();
          }
          case "epoll" ->
              bootstrap
                  .channel(EpollServerSocketChannel.class)
                  .option(EpollChannelOption.SO_REUSEPORT, true)
                  .bind(address)
                  .sync()
                  .channel();
          default ->
              bootstrap
                  .channel(NioServerSocketChannel.class)
                  .option(NioChannelOption.of(StandardSocketOptions.SO_REUSEPORT), true)
                  .bind(address)
                  .sync()
                  .channel();
        };
    drain.listener(listener);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(lifecycle, drain)));
    lifecycle.ready();
    System.out.println("READY " + ProcessHandle.current().pid());
  }

  private static void leave(Lifecycle lifecycle, NettyDrain drain) {
    try {
      lifecycle.drain("SIGTERM");
      drain.announce();
      awaitReady(drain);
      drain.unbind();
      long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
      while (drain.open() > 0 && System.nanoTime() - deadline < 0) {
        drain.closeIdle(Duration.ofSeconds(5));
        Thread.sleep(20);
      }
      drain.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  // An announcement lasts longer than that. An inherited listener never takes no more.
  private static void awaitReady(NettyDrain drain) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    boolean takesTime = Runtime.version().feature() >= 22 && System.inheritedChannel() == null;
    while (takesTime && !drain.canTakeNoMore() && System.nanoTime() - deadline < 0) {
      Thread.sleep(10);
    }
  }

  private static final class SaysPid extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject msg) {
      if (msg instanceof LastHttpContent) {
        ctx.writeAndFlush(TestServer.ok(Long.toString(ProcessHandle.current().pid())));
      }
    }
  }
}
