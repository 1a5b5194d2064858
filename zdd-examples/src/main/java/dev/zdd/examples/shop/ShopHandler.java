package dev.zdd.examples.shop;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shop in a pipeline, behind an aggregator. One instance serves all channels. */
@Sharable
final class ShopHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  private static final Logger log = LoggerFactory.getLogger(ShopHandler.class);

  private final Shop shop;
  private final Map<String, String> shopHeaders;

  ShopHandler(Shop shop, Map<String, String> shopHeaders) {
    this.shop = shop;
    this.shopHeaders = shopHeaders;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
    var unused = answer(request).thenAccept(answer -> write(context, answer));
  }

  private CompletableFuture<Answer> answer(FullHttpRequest request) {
    if (request.decoderResult().isFailure()) {
      boolean tooLong = request.decoderResult().cause() instanceof TooLongHttpLineException;
      return CompletableFuture.completedFuture(
          Reply.error(
              tooLong ? 414 : 400, tooLong ? "the request line is too long" : "not understood"));
    }
    String path;
    try {
      path = new QueryStringDecoder(request.uri()).path();
    } catch (IllegalArgumentException e) {
      return CompletableFuture.completedFuture(Reply.error(400, "not understood"));
    }
    return shop.handle(request.method().name(), path, query(request.uri()));
  }

  private static @Nullable String query(String target) {
    int at = target.indexOf('?');
    return at < 0 ? null : target.substring(at + 1);
  }

  private void write(ChannelHandlerContext context, Answer answer) {
    if (answer instanceof Reply reply) {
      write(context, reply);
    } else if (answer instanceof Chunks chunks) {
      HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      shopHeaders.forEach((name, value) -> head.headers().set(name, value));
      Chunks.HEADERS.forEach((name, value) -> head.headers().set(name, value));
      HttpUtil.setTransferEncodingChunked(head, true);
      var unused = context.writeAndFlush(head);
      chunks.writeTo(new Streaming(context));
    }
  }

  /** Chunks go to the channel without waiting: they are few and small. */
  private record Streaming(ChannelHandlerContext context) implements Chunks.Sink {
    @Override
    public void write(byte[] chunk) throws IOException {
      if (!context.channel().isActive()) {
        throw new ClosedChannelException();
      }
      var unused = context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(chunk)));
    }

    @Override
    public void end() {
      var unused = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    @Override
    public void broken() {
      var unused = context.close();
    }
  }

  /** On whichever thread completed the reply; Netty takes the write to the channel's own. */
  private void write(ChannelHandlerContext context, Reply reply) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(reply.status()),
            Unpooled.wrappedBuffer(reply.body()));
    shopHeaders.forEach((name, value) -> response.headers().set(name, value));
    reply.headers().forEach((name, value) -> response.headers().set(name, value));
    HttpUtil.setContentLength(response, reply.body().length);
    var unused = context.writeAndFlush(response);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable e) {
    log.debug("a connection broke", e);
    var unused = context.close();
  }
}
