package dev.zdd.netty;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The end of one WebSocket, right behind the frame decoder: the close frame 1001 (RFC 6455 section
 * 7.4.1), the peer's answer to it, and then the end of the connection in stages.
 *
 * <p>It says nothing if the application has closed already; and once the close frame is out, the
 * application's later frames fail, for none may follow (section 5.5.1).
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class WebSocketGoodbye extends ChannelDuplexHandler {
  /** How long the peer's close frame is waited for, from when ours has left. */
  static final Duration ANSWER_BOUND = Duration.ofSeconds(5);

  private final Wire wire;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelFuture said;
  private boolean closedByApplication;

  WebSocketGoodbye(Wire wire) {
    this.wire = wire;
  }

  /** Whether this response makes a WebSocket of its connection. */
  static boolean concerns(HttpResponse response) {
    return response
        .headers()
        .containsValue(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** Says it, unless one side has begun to close. */
  void say() {
    ChannelHandlerContext ctx = context;
    if (ctx == null || said != null || closedByApplication || !ctx.channel().isActive()) {
      return;
    }
    ChannelFuture written =
        ctx.writeAndFlush(
            new CloseWebSocketFrame(WebSocketCloseStatus.ENDPOINT_UNAVAILABLE, "going away"));
    said = written;
    written.addListener(flushed -> {
      if (flushed.isSuccess()) {
        var bound =
            ctx.channel()
                .eventLoop()
                .schedule(() -> wire.finish(false), ANSWER_BOUND.toNanos(), TimeUnit.NANOSECONDS);
        ctx.channel().closeFuture().addListener(closed -> bound.cancel(false));
      } else {
        wire.cut();
      }
    });
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (said != null && msg instanceof CloseWebSocketFrame) {
      said.addListener(flushed -> wire.finish(false));
    }
    // Also to Netty's own handler, which would answer it: that fails in write(), for ours is out.
    ctx.fireChannelRead(msg);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (said != null) {
      ReferenceCountUtil.release(msg);
      promise.tryFailure(new ClosedChannelException());
      return;
    }
    closedByApplication |= msg instanceof CloseWebSocketFrame;
    ctx.write(msg, promise);
  }

  /** A close after the close frame ends the connection in stages; another is carried out. */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    if ((said == null && !closedByApplication) || !ctx.channel().isActive()) {
      ctx.close(promise);
      return;
    }
    wire.finish(false);
    if (!promise.isVoid()) {
      ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    }
  }
}
