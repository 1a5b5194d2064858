package dev.zdd.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes of one connection, below the HTTP codec: whether some of a next request are there
 * already, which the codec does not tell, and the end of the connection in stages.
 *
 * <p>All of it happens on the channel's event loop.
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class Wire extends ChannelInboundHandlerAdapter {
  /** How long a connection that has said its last word waits for the peer's end of stream. */
  static final Duration LINGER = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Wire.class);

  private @Nullable ChannelHandlerContext context;

  // What the codec reads from at the moment, to see where a message ends in it.
  private @Nullable ByteBuf reading;
  private boolean betweenRequests = true;
  private boolean startOfNext;
  private boolean inputEnded;
  private boolean finishing;
  private boolean warnOfLoss;

  // Read by whoever looks for the longest idle connection; written on the event loop.
  private volatile long quietSince = System.nanoTime();

  /** When something last happened here, as {@link System#nanoTime()} tells it. Any thread. */
  long quietSince() {
    return quietSince;
  }

  /** Notes that something happened: from here on the connection counts as quiet. */
  void touch() {
    quietSince = System.nanoTime();
  }

  /** Whether the first bytes of a request have come, and not yet its whole head. */
  boolean hasStartOfRequest() {
    return startOfNext;
  }

  boolean isFinishing() {
    return finishing;
  }

  /** The codec has read a head. */
  void requestBegan() {
    betweenRequests = false;
    startOfNext = false;
  }

  /**
   * The codec has read the end of a request. It hands that on before it reads further, so what is
   * left in the buffer now belongs to the next request. (If the codec had to join this buffer to an
   * earlier rest, nothing is left here to see. A client would have to send a head in two pieces,
   * the second with the beginning of a further pipelined request, and then stall, to be taken for
   * idle by that.)
   */
  void requestEnded() {
    betweenRequests = true;
    startOfNext = reading != null && hasText(reading);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (finishing) {
      if (warnOfLoss) {
        warnOfLoss = false;
        log.warn(
            "{} sent something after it was closed as idle; if a request, it is lost",
            ctx.channel());
      }
      ReferenceCountUtil.release(msg);
      return;
    }
    if (!(msg instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(msg);
      return;
    }
    if (betweenRequests && hasText(bytes)) {
      startOfNext = true; // until the codec makes a head of it
    }
    // Kept for the time of the call, or the codec would recycle it before requestEnded() looks.
    reading = bytes.retain();
    try {
      ctx.fireChannelRead(bytes);
    } finally {
      reading = null;
      bytes.release();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputEnded = true;
      if (finishing) {
        ctx.close();
        return;
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (finishing) {
      log.debug("{} after its end", ctx.channel(), cause);
    } else {
      ctx.fireExceptionCaught(cause);
    }
  }

  /**
   * Ends the connection in stages (RFC 9112 section 9.6): our end of stream goes out behind the
   * last response, then what the peer still sends is read and dropped until it ends its side too or
   * {@link #LINGER} is over. A close() right away would, with unread bytes in the socket, make the
   * kernel send a reset, and that erases what the peer has not read of the response.
   *
   * @param idle whether the peer did not ask for it and was not told: what it still sends is lost
   */
  void finish(boolean idle) {
    ChannelHandlerContext ctx = context;
    if (finishing || ctx == null) {
      return;
    }
    finishing = true;
    warnOfLoss = idle;
    Channel channel = ctx.channel();
    if (inputEnded || !(channel instanceof DuplexChannel duplex)) {
      ctx.close();
      return;
    }
    var bound =
        channel.eventLoop().schedule(() -> ctx.close(), LINGER.toNanos(), TimeUnit.NANOSECONDS);
    channel.closeFuture().addListener(closed -> bound.cancel(false));
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls == null) {
      endOutput(ctx, duplex);
    } else {
      tls.closeOutbound().addListener(closeNotifySent -> endOutput(ctx, duplex));
    }
    // From this place in the pipeline, so that nobody's flow control stands between.
    channel.config().setAutoRead(true);
    ctx.read();
  }

  /** Ends the connection now, in the middle of whatever goes on. */
  void cut() {
    if (context != null) {
      context.close();
    }
  }

  private static void endOutput(ChannelHandlerContext ctx, DuplexChannel channel) {
    channel
        .shutdownOutput()
        .addListener(
            (ChannelFutureListener)
                ended -> {
                  if (!ended.isSuccess()) {
                    ctx.close();
                  }
                });
  }

  // Line ends between two requests are to be ignored (RFC 9112 section 2.2), and begin none.
  private static boolean hasText(ByteBuf bytes) {
    return bytes.isReadable()
        && (bytes.getByte(bytes.readerIndex()) > ' '
            || bytes.forEachByte(b -> b == '\r' || b == '\n') >= 0);
  }
}
