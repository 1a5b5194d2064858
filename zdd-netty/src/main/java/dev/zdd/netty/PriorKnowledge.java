package dev.zdd.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a cleartext connection: looks whether it starts with HTTP/2's preface (RFC 9113
 * section 3.4), has the pipeline made accordingly, and goes.
 */
// A failed close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class PriorKnowledge extends ByteToMessageDecoder implements Connection {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final NettyDrain drain;
  private final Consumer<ChannelPipeline> http1;
  private final Consumer<ChannelPipeline> http2;
  private final long since = System.nanoTime();
  private @Nullable ChannelHandlerContext context;
  private boolean decided;

  PriorKnowledge(
      NettyDrain drain, Consumer<ChannelPipeline> http1, Consumer<ChannelPipeline> http2) {
    this.drain = drain;
    this.http1 = http1;
    this.http2 = http2;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    drain.opened(this, ctx.channel());
  }

  @Override
  protected void handlerRemoved0(ChannelHandlerContext ctx) {
    drain.closed(this, ctx.channel());
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    if (decided) {
      return;
    }
    int first = in.readerIndex();
    int known = Math.min(in.readableBytes(), PREFACE.length);
    int same = 0;
    while (same < known && in.getByte(first + same) == PREFACE[same]) {
      same++;
    }
    if (same == known && known < PREFACE.length) {
      return; // could still be either
    }
    decided = true;
    (same == PREFACE.length ? http2 : http1).accept(ctx.pipeline());
    ctx.pipeline().remove(this); // what has been read goes on to those that were just added
  }

  @Override
  public long quietSince() {
    return since;
  }

  @Override
  public void announce() {
    // It has asked for nothing yet. What it asks for first is answered, and tells it.
  }

  @Override
  public void unbound() {
    // As above.
  }

  @Override
  public boolean closeIfIdle(Duration idle) {
    if (decided || internalBuffer().isReadable() || System.nanoTime() - since < idle.toNanos()) {
      return false;
    }
    cut();
    return true;
  }

  @Override
  public void cut() {
    if (context != null) {
      context.close();
    }
  }

  @Override
  public void ended() {
    // Nothing had begun.
  }
}
