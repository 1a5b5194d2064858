package dev.zdd.readiness;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.netty.EndpointHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
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

/** Two handlers on Netty: zdd's, and behind it one that writes the same by itself. */
final class OnNetty {
  private OnNetty() {}

  static void start(int port, Endpoint endpoint) throws InterruptedException {
    EndpointHandler probes = EndpointHandler.of(endpoint, "/ready");
    Static other = new Static();
    new ServerBootstrap()
        .group(new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory()))
        .channel(NioServerSocketChannel.class)
        .childHandler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpServerCodec(), probes, other);
              }
            })
        .bind("127.0.0.1", port)
        .sync();
  }

  @Sharable
  private static final class Static extends SimpleChannelInboundHandler<HttpObject> {
    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      if (message instanceof LastHttpContent) {
        FullHttpResponse response =
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.OK,
                Unpooled.wrappedBuffer(ReadinessServer.ANSWER));
        for (EndpointResponse.Header header : ReadinessServer.HEADERS) {
          response.headers().add(header.name(), header.value());
        }
        HttpUtil.setContentLength(response, ReadinessServer.ANSWER.length);
        var unused = context.writeAndFlush(response);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable e) {
      var unused = context.close();
    }
  }
}
