package dev.zdd.netty;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.EndpointResponse;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import java.io.ByteArrayOutputStream;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request that an endpoint wants to have, as it comes. A channel has one at most;
 * only its event loop touches it. It keeps bytes of its own and no buffers, so nothing has to be
 * released if the client goes.
 */
final class GatheredBody {
  private static final AttributeKey<GatheredBody> GATHERED =
      AttributeKey.valueOf(GatheredBody.class, "ONE");

  private final BodyReader reader;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private boolean broken;

  private GatheredBody(BodyReader reader) {
    this.reader = reader;
  }

  static GatheredBody begin(ChannelHandlerContext ctx, BodyReader reader) {
    GatheredBody begun = new GatheredBody(reader);
    ctx.channel().attr(GATHERED).set(begun);
    return begun;
  }

  /** The one that is coming; null if there is none. */
  static @Nullable GatheredBody of(ChannelHandlerContext ctx) {
    return ctx.channel().hasAttr(GATHERED) ? ctx.channel().attr(GATHERED).get() : null;
  }

  /** Forgets it: it is whole, or will never be. */
  static void forget(ChannelHandlerContext ctx) {
    if (ctx.channel().hasAttr(GATHERED)) {
      ctx.channel().attr(GATHERED).set(null);
    }
  }

  /** Takes a piece; what is beyond the bound is dropped. Whether it was the last. */
  boolean add(HttpContent piece) {
    ByteBuf content = piece.content();
    int room = reader.maxBytes() + 1 - bytes.size();
    byte[] taken = new byte[Math.min(room, content.readableBytes())];
    content.getBytes(content.readerIndex(), taken);
    bytes.writeBytes(taken);
    broken |= piece.decoderResult().isFailure();
    return piece instanceof LastHttpContent;
  }

  /** Whether the codec could not make out its end. */
  boolean isBroken() {
    return broken;
  }

  /** What the whole of it is answered with. */
  CompletableFuture<EndpointResponse> answer() {
    return bytes.size() > reader.maxBytes()
        ? CompletableFuture.completedFuture(reader.tooLong())
        : reader.answer(bytes.toByteArray());
  }
}
