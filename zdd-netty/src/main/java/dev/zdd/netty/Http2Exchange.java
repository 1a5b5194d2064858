package dev.zdd.netty;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 stream, first in its channel's pipeline: counts the request from its head to the last
 * frame of its response, or to the stream's end if that comes first.
 *
 * <p>Once the gate is closed a stream is reset with REFUSED_STREAM, not answered with 503: it says
 * that nothing was processed, so that any client may send the request again, a POST too (RFC 9113
 * section 8.7), and a user sees no error.
 */
// A failed write shows in the stream's end; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Exchange extends ChannelDuplexHandler implements ChannelFutureListener {
  private final Lifecycle lifecycle;
  private final Probes probes;
  private long ticket = InFlight.REFUSED;
  private boolean begun;
  private boolean refused;

  Http2Exchange(Lifecycle lifecycle, Probes probes) {
    this.lifecycle = lifecycle;
    this.probes = probes;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    long begins = InFlight.REFUSED;
    if (!begun && msg instanceof Http2HeadersFrame head) {
      begins = begin(ctx, head);
    }
    if (refused) {
      ReferenceCountUtil.release(msg);
      return;
    }
    ctx.fireChannelRead(msg);
    // What goes on after this call goes on without the event loop's thread: do not blame it.
    lifecycle.inFlight().detach(begins);
  }

  private long begin(ChannelHandlerContext ctx, Http2HeadersFrame head) {
    begun = true;
    String target = textOf(head.headers().path());
    if (Probes.include(probes.endpoints(ctx.pipeline()), target)) {
      // Probes come to the very end: counted, they would keep a drain from ever being over.
      return InFlight.REFUSED;
    }
    ticket =
        lifecycle.inFlight().begin(textOf(head.headers().method()), RequestTarget.path(target));
    if (ticket == InFlight.REFUSED) {
      refused = true;
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM));
    }
    return ticket;
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ChannelPromise counted = promise;
    if (ticket != InFlight.REFUSED && isLast(msg)) {
      counted = promise.unvoid();
      counted.addListener(this);
    }
    ctx.write(msg, counted);
  }

  /** The last frame has been handed to the transport, or never will be. */
  @Override
  public void operationComplete(ChannelFuture flushed) {
    end();
  }

  private static boolean isLast(Object msg) {
    return (msg instanceof Http2DataFrame data && data.isEndStream())
        || (msg instanceof Http2HeadersFrame headers && headers.isEndStream())
        || msg instanceof Http2ResetFrame;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    // Not before the last frame's write is over: the codec closes a stream only then.
    end();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    end();
  }

  private void end() {
    lifecycle.inFlight().end(ticket);
    ticket = InFlight.REFUSED;
  }

  // A CONNECT has no path.
  private static String textOf(@Nullable CharSequence field) {
    return field == null ? "" : field.toString();
  }
}
