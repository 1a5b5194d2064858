package dev.zdd.netty;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.Attribute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one HTTP/2 connection: each is in flight from its head until the socket has taken
 * the last frame of its response, or the stream is reset.
 *
 * <p>They are counted here and not by a handler in each stream's channel, which costs more than the
 * counting; the codec says when a stream ends.
 */
// A failed write shows in the stream's end; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class Http2Streams extends Http2ConnectionAdapter {
  private final Lifecycle lifecycle;
  private final ChannelHandlerContext codec;
  private final Http2Connection connection;
  private final Attribute<List<EndpointHandler>> endpoints;

  private final Runnable ended;

  // From its head to its end a stream has a ticket, InFlight.REFUSED if it is not counted.
  private final Http2Connection.PropertyKey ticketKey;

  /**
   * @param codec the context of an {@link Http2FrameCodec}
   * @param ended is run when a stream has been closed
   */
  Http2Streams(Lifecycle lifecycle, ChannelHandlerContext codec, Runnable ended) {
    this.lifecycle = lifecycle;
    this.codec = codec;
    this.ended = ended;
    connection = ((Http2FrameCodec) codec.handler()).connection();
    endpoints = Probes.inStreams(codec.channel());
    ticketKey = connection.newKey();
    connection.addListener(this);
  }

  /**
   * Counts the request that {@code head} begins; does nothing for a probe and for trailers.
   *
   * @return false if the in-flight gate is closed
   */
  boolean admit(Http2HeadersFrame head) {
    Http2Stream stream = connection.stream(head.stream().id());
    if (stream == null || stream.getProperty(ticketKey) != null) {
      return true;
    }
    String target = textOf(head.headers().path());
    if (Probes.include(endpoints.get(), target)) {
      // Probes come to the very end: counted, they would keep a drain from ever being over.
      stream.setProperty(ticketKey, InFlight.REFUSED);
      return true;
    }
    long ticket =
        lifecycle.inFlight().begin(textOf(head.headers().method()), RequestTarget.path(target));
    stream.setProperty(ticketKey, ticket);
    return ticket != InFlight.REFUSED;
  }

  // A CONNECT has no path.
  private static String textOf(@Nullable CharSequence field) {
    return field == null ? "" : field.toString();
  }

  /** The stream goes on without the event loop's thread: it is not to be blamed. */
  void detach(int id) {
    Http2Stream stream = connection.stream(id);
    if (stream != null) {
      lifecycle.inFlight().detach(ticketOf(stream));
    }
  }

  /**
   * The response's last frame has been written though the request's has not come: then the codec
   * does not wait until the socket has taken it. What is written behind it does.
   */
  @Override
  public void onStreamHalfClosed(Http2Stream stream) {
    if (stream.state() == Http2Stream.State.HALF_CLOSED_LOCAL) {
      codec
          .write(Unpooled.EMPTY_BUFFER)
          .addListener((ChannelFutureListener) written -> end(stream));
    }
  }

  /** Here the codec has waited until the last frame's write was over, one way or the other. */
  @Override
  public void onStreamClosed(Http2Stream stream) {
    end(stream);
    ended.run();
  }

  /** The connection has closed; the codec closes its streams a little later. */
  void endAll() {
    try {
      connection.forEachActiveStream(stream -> {
        end(stream);
        return true;
      });
    } catch (Http2Exception e) {
      throw new IllegalStateException("the count of the streams of " + connection, e);
    }
  }

  private void end(Http2Stream stream) {
    lifecycle.inFlight().end(ticketOf(stream));
  }

  private long ticketOf(Http2Stream stream) {
    Long ticket = stream.getProperty(ticketKey);
    return ticket == null ? InFlight.REFUSED : ticket;
  }
}
