package dev.zdd.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * The requests that have come pipelined behind one that is still being answered: they wait here,
 * and while one waits, nothing more is read from the socket.
 *
 * <p>All of it happens on the channel's event loop.
 */
final class HeldRequests {
  private final HttpConnection connection;

  private final Deque<Object> held = new ArrayDeque<>();
  private boolean delivers;
  private boolean readWanted;
  private boolean resumesAutoRead;

  /**
   * @param connection takes what is held, one message at a time, and no request while it is busy
   *     with another
   */
  HeldRequests(HttpConnection connection) {
    this.connection = connection;
  }

  boolean isEmpty() {
    return held.isEmpty();
  }

  // Not to pass read() on is not enough: a channel that reads by itself goes on without being
  // asked.
  void hold(ChannelHandlerContext ctx, Object msg) {
    held.add(msg);
    if (ctx.channel().config().isAutoRead()) {
      ctx.channel().config().setAutoRead(false);
      resumesAutoRead = true;
    }
  }

  /** The application asks for more; it gets it once what is held has gone. */
  void read(ChannelHandlerContext ctx) {
    if (isEmpty()) {
      ctx.read();
    } else {
      readWanted = true;
    }
  }

  /**
   * Lets the held requests through, one at a time. Called again from inside itself whenever a
   * response is flushed at once; the inner call leaves it to the outer, or a thousand pipelined
   * requests would be a thousand stack frames deep.
   */
  void deliver(ChannelHandlerContext ctx) {
    if (delivers) {
      return;
    }
    delivers = true;
    try {
      Object next = takeNext();
      while (next != null) {
        do {
          connection.take(next);
          next = takeNext();
        } while (next != null);
        // Handlers that gather their writes flush at the end of a read; this was one to them.
        ctx.fireChannelReadComplete();
        next = takeNext();
      }
    } finally {
      delivers = false;
    }
    readOn(ctx);
  }

  private @Nullable Object takeNext() {
    if (held.peek() instanceof HttpRequest && connection.isBusy()) {
      return null;
    }
    return held.poll();
  }

  /** Throws away what is held, and reads on. */
  void drop(ChannelHandlerContext ctx) {
    release();
    readOn(ctx);
  }

  /** Throws away what is held, for nothing will be read any more. */
  void release() {
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (!isEmpty()) {
      return;
    }
    if (resumesAutoRead) {
      resumesAutoRead = false;
      readWanted = false;
      ctx.channel().config().setAutoRead(true);
    } else if (readWanted) {
      readWanted = false;
      ctx.read();
    }
  }
}
