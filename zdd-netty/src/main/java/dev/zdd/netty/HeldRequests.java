package dev.zdd.netty;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The requests that have come pipelined behind one that is still being answered: they wait here,
 * and while one waits, nothing more is read from the socket.
 *
 * <p>All of it happens on the channel's event loop.
 */
final class HeldRequests {
  private final BooleanSupplier busy;
  private final Consumer<Object> taker;
  private final Deque<Object> held = new ArrayDeque<>(0);
  private boolean delivers;
  private boolean readWanted;
  private boolean resumesAutoRead;

  /**
   * @param busy whether a request is being read or answered, so that no further one may begin
   * @param taker what is held goes there, one message at a time
   */
  HeldRequests(BooleanSupplier busy, Consumer<Object> taker) {
    this.busy = busy;
    this.taker = taker;
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
    if (held.isEmpty()) {
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
      while (canDeliver()) {
        do {
          taker.accept(held.remove());
        } while (canDeliver());
        // Handlers that gather their writes flush at the end of a read; this was one to them.
        ctx.fireChannelReadComplete();
      }
    } finally {
      delivers = false;
    }
    readOn(ctx);
  }

  private boolean canDeliver() {
    Object next = held.peek();
    return next != null && (!busy.getAsBoolean() || !(next instanceof HttpRequest));
  }

  /** Throws away what is held, and reads on. */
  void drop(ChannelHandlerContext ctx) {
    release();
    readOn(ctx);
  }

  /** Throws away what is held, for nothing will be read any more. */
  void release() {
    for (Object msg = held.poll(); msg != null; msg = held.poll()) {
      ReferenceCountUtil.release(msg);
    }
  }

  private void readOn(ChannelHandlerContext ctx) {
    if (!held.isEmpty()) {
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
