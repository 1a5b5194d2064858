package dev.zdd.netty;

import dev.zdd.core.RequestContext;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import org.jspecify.annotations.Nullable;

/**
 * The context of the request that a channel is at, and how far request and response have come. All
 * of it happens on the channel's event loop but {@link #context}, which any thread may ask.
 */
final class PresentContext {
  private final ChannelHandlerContext handler;
  private volatile @Nullable RequestContext context;
  private boolean reading;
  private boolean inInterim;
  // More than one only if requests are pipelined, and nobody holds them.
  private int unanswered;

  PresentContext(ChannelHandlerContext handler) {
    this.handler = handler;
  }

  // A context of a handler is one object for as long as the handler is in the pipeline.
  @SuppressWarnings("ReferenceEquality")
  boolean isOf(ChannelHandlerContext other) {
    return handler == other;
  }

  @Nullable RequestContext context() {
    return context;
  }

  /** The head of a request has been read. */
  void begin(RequestContext next) {
    context = next;
    reading = true;
    unanswered++;
  }

  /** A request has been read to its end. */
  void requestRead() {
    reading = false;
    endIfOver();
  }

  /**
   * A part of a response is being written.
   *
   * @param head null if it is none
   * @param last whether it is the last part
   */
  void written(@Nullable HttpResponse head, boolean last) {
    if (head != null && head.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      // After a 101 the channel speaks something else, of which this is no part any more.
      boolean leavesHttp = head.status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code();
      inInterim = leavesHttp || !last;
    } else if (last && inInterim) {
      inInterim = false;
    } else if (last && unanswered > 0) {
      unanswered--;
      endIfOver();
    }
  }

  private void endIfOver() {
    if (!reading && unanswered == 0) {
      end();
    }
  }

  /** There is nobody any more whom the channel is busy for. */
  void end() {
    context = null;
  }
}
