package dev.zdd.netty;

import dev.zdd.core.http.EndpointResponse;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
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
record DelayedAnswer(CompletableFuture<EndpointResponse> later, Supplier<FullHttpResponse> now) {
  private static final Logger log = LoggerFactory.getLogger(DelayedAnswer.class);

  private static final AttributeKey<DelayedAnswer> DELAYED =
      AttributeKey.valueOf(DelayedAnswer.class, "ONE");

  static void begin(
      ChannelHandlerContext ctx,
      CompletableFuture<EndpointResponse> later,
      Function<EndpointResponse, FullHttpResponse> response,
      Supplier<FullHttpResponse> now) {
    DelayedAnswer begun = new DelayedAnswer(later, now);
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
      ctx.writeAndFlush(
          response == null
              ? EndpointHandler.empty(HttpResponseStatus.SERVICE_UNAVAILABLE)
              : response);
    } else if (response != null) {
      response.release();
    }
  }

  /** Answers the one that waits, if any, as if it had not asked to. */
  static void answerNow(ChannelHandlerContext ctx) {
    DelayedAnswer one = take(ctx);
    if (one != null) {
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
