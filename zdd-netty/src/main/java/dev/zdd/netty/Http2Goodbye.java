package dev.zdd.netty;

import dev.zdd.core.Lifecycle;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2PingFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexCodec;
import io.netty.handler.codec.http2.Http2PingFrame;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection, right behind the frame codec: lets its {@linkplain Http2Streams requests}
 * in and says when no more may come (RFC 9113 section 6.8): a GOAWAY that allows every stream, with
 * a PING; when the ping has come back and no stream has been opened for {@link #GRACE}, the GOAWAY
 * with the last stream that was taken. What the peer has opened in between is answered. When the
 * last stream has ended, the peer closes the connection; if it does not, we do after {@link
 * #PEER_FIRST}.
 *
 * <p>A connection that has had no stream yet is told after its first, or when the listener is
 * closed: a peer that is told before it has sent anything connects again at once, perhaps to this
 * listener, and some peers give up after a few such rounds.
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Goodbye extends ChannelDuplexHandler implements Connection {
  /** How long the ping's answer and the grace may take together. */
  static final Duration PING_BOUND = Duration.ofSeconds(1);

  /**
   * How long no stream must have been opened. The ping's answer says that the peer has read the
   * GOAWAY, not that all of it knows: it may write the answer ahead of streams that it has opened
   * (Jetty's client does), and one of its threads may have picked this connection and not written
   * to it yet. The RFC asks for "at least one round-trip time".
   */
  static final Duration GRACE = Duration.ofMillis(250);

  /**
   * How long the peer has to close the connection when the last stream has ended. Our end of stream
   * right behind the last response makes some peers drop a response that has come whole (Jetty's
   * client, when it has not handed it on yet).
   */
  static final Duration PEER_FIRST = Duration.ofSeconds(1);

  private static final long PING = 0x7a64_642d_6279_6521L; // "zdd-bye!"

  private final NettyDrain drain;
  private final Lifecycle lifecycle;
  private final Wire wire = new Wire();

  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelHandlerContext codec;
  private @Nullable Http2Connection streams;
  private @Nullable Http2Streams requests;
  private @Nullable Future<?> pingBound;
  private @Nullable Future<?> grace;
  private @Nullable Future<?> peerFirst;
  private boolean used;
  private boolean told;
  private boolean toldLast;
  private int lastStream = Integer.MAX_VALUE;
  private boolean peerEnded;
  private boolean ending;

  Http2Goodbye(NettyDrain drain, Lifecycle lifecycle) {
    this.drain = drain;
    this.lifecycle = lifecycle;
  }

  @SuppressWarnings("deprecation") // Http2MultiplexCodec, to refuse it
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ChannelHandlerContext below = ctx.pipeline().context(Http2FrameCodec.class);
    if (below == null) {
      throw new IllegalStateException(
          "http2ConnectionHandler: no Http2FrameCodec in "
              + ctx.pipeline().names()
              + " (expected: before it)");
    }
    if (below.handler() instanceof Http2MultiplexCodec) {
      throw new IllegalStateException(
          "http2ConnectionHandler: behind an Http2MultiplexCodec, which keeps the streams' frames to"
              + " itself (expected: an Http2FrameCodec before it, an Http2MultiplexHandler behind)");
    }
    context = ctx;
    codec = below;
    streams = ((Http2FrameCodec) below.handler()).connection();
    requests = new Http2Streams(lifecycle, below, this::streamClosed);
    ctx.pipeline().addBefore(below.name(), null, wire);
    drain.opened(this, ctx.channel());
  }

  private void streamClosed() {
    if (toldLast && context != null) {
      // Later, for this one's last frame may be in the middle of being written.
      context.executor().execute(this::endIfOver);
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    gone(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gone(ctx);
    ctx.fireChannelInactive();
  }

  private void gone(ChannelHandlerContext ctx) {
    forget(pingBound, grace, peerFirst);
    drain.closed(this, ctx.channel());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    Class<?> type = msg.getClass(); // asked first: a look for an interface is dear, see HttpParts
    if (type == DefaultHttp2DataFrame.class || requests == null) {
      ctx.fireChannelRead(msg);
    } else if (type == DefaultHttp2HeadersFrame.class) {
      take(ctx, (DefaultHttp2HeadersFrame) msg, requests);
    } else if (msg instanceof Http2HeadersFrame head) {
      take(ctx, head, requests);
    } else if (msg instanceof Http2PingFrame ping && isAnswer(ping)) {
      awaitGrace();
    } else {
      ctx.fireChannelRead(msg);
    }
  }

  private static boolean isAnswer(Http2PingFrame ping) {
    return ping.ack() && ping.content() == PING;
  }

  private void take(ChannelHandlerContext ctx, Http2HeadersFrame head, Http2Streams counted) {
    int id = head.stream().id();
    if (id > lastStream) {
      refuse(ctx, head);
      return;
    }
    if (counted.admit(head)) {
      ctx.fireChannelRead(head);
      counted.detach(id);
    } else {
      refuse(ctx, head);
    }
    used = true;
    if (grace != null) {
      awaitGrace();
    }
    if (lifecycle.isLeaving()) {
      tell();
    }
  }

  // REFUSED_STREAM and not a 503: it says that nothing was processed, so that any client may send
  // the request again, a POST too (RFC 9113 section 8.7). The codec ignores what follows on a
  // stream
  // that it has reset.
  private static void refuse(ChannelHandlerContext ctx, Http2HeadersFrame head) {
    ctx.writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM).stream(head.stream()));
    ReferenceCountUtil.release(head);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    wire.touch();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      peerEnded = true;
      tellLast(); // only where the application allows half-closed channels; nothing more can come
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public long quietSince() {
    return wire.quietSince();
  }

  @Override
  public void announce() {
    if (used) {
      tell();
    }
  }

  @Override
  public void unbound() {
    tell();
  }

  private void tell() {
    ChannelHandlerContext ctx = context;
    if (told || ctx == null || !ctx.channel().isActive()) {
      return;
    }
    told = true;
    var every = new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR);
    every.setExtraStreamIds(Integer.MAX_VALUE);
    ctx.write(every);
    ctx.writeAndFlush(new DefaultHttp2PingFrame(PING));
    pingBound = after(PING_BOUND, this::tellLast);
  }

  private void awaitGrace() {
    if (told && !toldLast) {
      forget(grace);
      grace = after(GRACE, this::tellLast);
    }
  }

  private @Nullable Future<?> after(Duration delay, Runnable task) {
    return context == null
        ? null
        : context.channel().eventLoop().schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void tellLast() {
    ChannelHandlerContext ctx = context;
    if (toldLast || ctx == null || !ctx.channel().isActive()) {
      return;
    }
    told = true;
    toldLast = true;
    forget(pingBound, grace);
    writeLast();
    endIfOver();
  }

  // Past the codec, which would keep to the last stream itself: it takes the body of a request
  // above
  // that for an error of the whole connection, and cuts every other stream.
  private void writeLast() {
    ChannelHandlerContext below = codec;
    if (below == null || streams == null) {
      return;
    }
    lastStream = streams.remote().lastStreamCreated();
    ((Http2FrameCodec) below.handler())
        .encoder()
        .frameWriter()
        .writeGoAway(
            below,
            lastStream,
            Http2Error.NO_ERROR.code(),
            Unpooled.EMPTY_BUFFER,
            below.newPromise());
    below.flush();
  }

  private static void forget(@Nullable Future<?>... timers) {
    for (Future<?> timer : timers) {
      if (timer != null) {
        timer.cancel(false);
      }
    }
  }

  // Once over it is over for good: what is opened above the last stream is refused.
  private void endIfOver() {
    if (!toldLast || ending || hasStreams()) {
      return;
    }
    if (peerEnded) {
      end();
    } else if (peerFirst == null) {
      peerFirst = after(PEER_FIRST, this::end);
    }
  }

  // Not by closing the channel: the codec would wait for its streams no longer than 30 s, and then
  // close with unread input in the socket.
  private void end() {
    ChannelHandlerContext ctx = context;
    if (ending || ctx == null) {
      return;
    }
    ending = true;
    // Behind everything that has been written, which the end of the output would throw away.
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            (ChannelFutureListener)
                flushed -> {
                  if (flushed.isSuccess()) {
                    wire.finish(false);
                  } else {
                    wire.cut();
                  }
                });
  }

  private boolean hasStreams() {
    return streams != null && streams.numActiveStreams() > 0;
  }

  /**
   * No request is lost by it: the peer learns that none of its later streams was looked at, and may
   * send them elsewhere, whatever their method.
   */
  @Override
  public boolean closeIfIdle(Duration idle) {
    if (ending || hasStreams() || System.nanoTime() - wire.quietSince() < idle.toNanos()) {
      return false;
    }
    tellLast();
    end();
    return true;
  }

  @Override
  public void cut() {
    Channel channel = context == null ? null : context.channel();
    if (channel != null && channel.isActive()) {
      tellLast(); // so that the peer knows what it can send again
    }
    wire.cut();
  }

  @Override
  public void ended() {
    if (requests != null) {
      requests.endAll();
    }
  }
}
