package dev.zdd.examples.shop;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;

/** {@code /ws} on Netty: sends each text message back. One instance serves all channels. */
@Sharable
final class EchoHandler extends SimpleChannelInboundHandler<TextWebSocketFrame> {
  @Override
  protected void channelRead0(ChannelHandlerContext context, TextWebSocketFrame message) {
    var unused = context.writeAndFlush(message.retain());
  }
}
