package dev.zdd.netty;

import dev.zdd.core.http.EndpointResponse;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.AttributeKey;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request that is answered later. A channel has one at most; only its event loop touches it. Who
 * takes it from the channel writes its answer, and nobody else.
 */
// A failed write shows in what the channel does next; a cancelled future is nobody's any more.
@SuppressWarnings("FutureReturnValueIgnored")
record DelayedAnswer(
    CompletableFuture<EndpointResponse> later, @Nullable Supplier<FullHttpResponse> now) {
  private static final Logger log = LoggerFactory.getLogger(DelayedAnswer.class);

  private static final AttributeKey<DelayedAnswer> DELAYED =
      AttributeKey.valueOf(DelayedAnswer.class, "ONE");

  private static final AttributeKey<Boolean> LAST =
      AttributeKey.valueOf(DelayedAnswer.class, "LAST");

  static void begin(
      ChannelHandlerContext ctx,
      CompletableFuture<EndpointResponse> later,
      Function<EndpointResponse, FullHttpResponse> response,
      Supplier<FullHttpResponse> now) {
    begin(ctx, new DelayedAnswer(later, now), response);
  }

  /** One that is never answered sooner: what it does has been begun. */
  static void beginOnce(
      ChannelHandlerContext ctx,
      CompletableFuture<EndpointResponse> later,
      Function<EndpointResponse, FullHttpResponse> response) {
    begin(ctx, new DelayedAnswer(later, null), response);
  }

  private static void begin(
      ChannelHandlerContext ctx,
      DelayedAnswer begun,
      Function<EndpointResponse, FullHttpResponse> response) {
    CompletableFuture<EndpointResponse> later = begun.later;
    ctx.channel().attr(DELAYED).set(begun);
    later.whenComplete((answer, failure) -> {
      Runnable write =
          () -> begun.answer(ctx, answer == null ? null : response.apply(answer), failure);
      if (ctx.executor().inEventLoop()) {
        write.run();
        return;
      }
      try {
        ctx.executor().execute(write);
      } catch (RejectedExecutionException e) {
        log.debug("the event loop has ended, and its connections with it", e);
      }
    });
  }

  private void answer(
      ChannelHandlerContext ctx, @Nullable FullHttpResponse response, @Nullable Throwable failure) {
    if (ctx.channel().attr(DELAYED).compareAndSet(this, null)) {
      if (response == null) {
        log.error("an endpoint has failed to answer later", failure);
      }
      FullHttpResponse answer =
          response == null
              ? EndpointHandler.empty(HttpResponseStatus.SERVICE_UNAVAILABLE)
              : response;
      if (isLast(ctx)) {
        HttpUtil.setKeepAlive(answer, false);
        ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
      } else {
        ctx.writeAndFlush(answer);
      }
    } else if (response != null) {
      response.release();
    }
  }

  /**
   * Whether what has come is not begun any more: it stands behind one that is never answered
   * sooner, which so becomes the last of its connection (RFC 9112 section 9.3.2 has the client send
   * the rest again).
   */
  static boolean isPastTheLast(ChannelHandlerContext ctx, boolean isRequest) {
    if (isRequest && ctx.channel().hasAttr(DELAYED)) {
      DelayedAnswer one = ctx.channel().attr(DELAYED).get();
      if (one != null && one.now == null) {
        ctx.channel().attr(LAST).set(true);
      }
    }
    return isLast(ctx);
  }

  private static boolean isLast(ChannelHandlerContext ctx) {
    return ctx.channel().hasAttr(LAST) && ctx.channel().attr(LAST).get();
  }

  /** Answers the one that waits, if any, as if it had not asked to. */
  static void answerNow(ChannelHandlerContext ctx) {
    DelayedAnswer one = take(ctx);
    if (one != null && one.now != null) {
      one.later.cancel(false);
      ctx.writeAndFlush(one.now.get());
    }
  }

  /** Forgets the one that waits, if any: nobody is there to be answered. */
  static void gone(ChannelHandlerContext ctx) {
    DelayedAnswer one = take(ctx);
    if (one != null) {
      one.later.cancel(false);
    }
  }

  private static @Nullable DelayedAnswer take(ChannelHandlerContext ctx) {
    return ctx.channel().hasAttr(DELAYED) ? ctx.channel().attr(DELAYED).getAndSet(null) : null;
  }
}
