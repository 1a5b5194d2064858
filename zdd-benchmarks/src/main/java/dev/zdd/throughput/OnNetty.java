package dev.zdd.throughput;

import dev.zdd.core.Lifecycle;
import dev.zdd.netty.NettyDrain;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** A handler on Netty; with zdd, its handlers before it. */
final class OnNetty {
  private static final EventLoopGroup LOOPS =
      new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
  private static final Hello HELLO = new Hello();

  private OnNetty() {}

  static int start(boolean http2, @Nullable Lifecycle zdd) throws InterruptedException {
    NettyDrain drain = zdd == null ? null : NettyDrain.of(zdd);
    Channel listener =
        new ServerBootstrap()
            .group(LOOPS)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (http2) {
                      http2(channel.pipeline(), drain);
                    } else {
                      http1(channel.pipeline(), drain);
                    }
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    if (drain != null) {
      drain.listener(listener);
    }
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  private static void http1(ChannelPipeline connection, @Nullable NettyDrain drain) {
    connection.addLast(new HttpServerCodec());
    if (drain != null) {
      connection.addLast(drain.connectionHandler());
    }
    connection.addLast(HELLO);
  }

  private static void http2(ChannelPipeline connection, @Nullable NettyDrain drain) {
    connection.addLast(Http2FrameCodecBuilder.forServer().build());
    if (drain != null) {
      connection.addLast(drain.http2ConnectionHandler());
    }
    connection.addLast(
        new Http2MultiplexHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel stream) {
                stream.pipeline().addLast(new Http2StreamFrameToHttpObjectCodec(true), HELLO);
              }
            }));
  }

  @Sharable
  private static final class Hello extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      if (message instanceof LastHttpContent) {
        FullHttpResponse response =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.OK,
                Unpooled.wrappedBuffer(Servers.ANSWER));
        HttpUtil.setContentLength(response, Servers.ANSWER.length);
        var unused = context.writeAndFlush(response);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable e) {
      var unused = context.close();
    }
  }
}
