package dev.zdd.netty;

import dev.zdd.core.ContextMaker;
import dev.zdd.core.RequestContext;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.AttributeKey;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Binds whom a request is for: handlers behind this one have it by {@link RequestContext#current}.
 * One instance serves any number of channels, one in each; of HTTP/2 it stands in the streams'
 * pipelines, behind the {@code Http2StreamFrameToHttpObjectCodec}.
 *
 * <pre>{@code
 * pipeline.addLast(new HttpServerCodec(), drain.connectionHandler(), probes,
 *     RequestContextHandler.of(request -> RequestContext.of(userOf(request))), application);
 * }</pre>
 *
 * <p>A context is a channel's from the head of its request until the request has been read to its
 * end and the last part of the response been written (by handlers behind this one). In that time it
 * is bound while an inbound event is handled behind this handler: the parts of the request, the end
 * of a read, user events, writability, exceptions, the end of the channel. It is bound to the event
 * loop's thread, and for each event anew; the loop's tasks, listeners of futures and other threads
 * have nothing bound. They take it along by {@link RequestContext#wrap(Runnable)}, or find it by
 * {@link #of(Channel)}.
 *
 * <p>Behind {@link NettyDrain#connectionHandler()} requests come one at a time. Without it, one
 * that is pipelined behind another replaces the other's context when its head is read, and the
 * latest stays until all have been answered. After a 101 (a WebSocket) the context stays until the
 * channel closes.
 */
// A write's future is for who has asked for the write.
@SuppressWarnings("FutureReturnValueIgnored")
@Sharable
public final class RequestContextHandler extends ChannelDuplexHandler {
  private static final AttributeKey<PresentContext> PRESENT =
      AttributeKey.valueOf(RequestContextHandler.class, "PRESENT");

  private final ContextMaker<HttpRequest> maker;

  private RequestContextHandler(ContextMaker<HttpRequest> maker) {
    this.maker = maker;
  }

  /**
   * A handler that asks {@code function} whom a request is for: once for each, when its head has
   * been read, on the event loop, so it must not block. If it throws or returns null, that is
   * logged and the request goes on with a context that has no id.
   */
  public static RequestContextHandler of(
      Function<? super HttpRequest, ? extends @Nullable RequestContext> function) {
    return new RequestContextHandler(ContextMaker.of(function));
  }

  /** The context that {@code channel} has at this moment; null if none. On any thread. */
  public static @Nullable RequestContext of(Channel channel) {
    PresentContext present = channel.attr(PRESENT).get();
    return present == null ? null : present.context();
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (ctx.channel().attr(PRESENT).setIfAbsent(new PresentContext(ctx)) != null) {
      throw new IllegalStateException(
          "a second RequestContextHandler in "
              + ctx.pipeline().names()
              + " (expected: one in a channel)");
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (present(ctx).isOf(ctx)) { // and not a second one that has been refused
      ctx.channel().attr(PRESENT).set(null);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    PresentContext present = present(ctx);
    HttpRequest request = HttpParts.request(msg);
    if (request != null) {
      present.begin(maker.context(request));
    }
    RequestContext bound = present.context();
    if (HttpParts.last(msg) != null) {
      present.requestRead();
    }
    bind(bound, () -> ctx.fireChannelRead(msg));
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    present(ctx).written(HttpParts.response(msg), HttpParts.last(msg) != null);
    ctx.write(msg, promise);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    bind(present(ctx).context(), ctx::fireChannelReadComplete);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    bind(present(ctx).context(), () -> ctx.fireUserEventTriggered(event));
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    bind(present(ctx).context(), ctx::fireChannelWritabilityChanged);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    bind(present(ctx).context(), () -> ctx.fireExceptionCaught(cause));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    PresentContext present = present(ctx); // kept: handlers may be removed now, and this one too
    bind(present.context(), ctx::fireChannelInactive);
    present.end();
  }

  private static void bind(@Nullable RequestContext context, Runnable event) {
    if (context == null) {
      event.run();
    } else {
      context.run(event);
    }
  }

  private static PresentContext present(ChannelHandlerContext ctx) {
    return ctx.channel().attr(PRESENT).get();
  }
}
