package dev.zdd.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MaxMessagesRecvByteBufAllocator;
import io.netty.channel.nio.AbstractNioChannel;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening channel: tells of every connection that comes out of it, and closes without losing
 * those that the kernel has accepted and Netty has not.
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class Listener extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Listener.class);
  private static final long POLL_MILLIS = 5;

  private final Channel channel;
  private final Consumer<Channel> onAccepted;

  // On the listener's event loop only.
  private int taken;
  private boolean closesWhenEmpty;

  Listener(Channel channel, Consumer<Channel> onAccepted) {
    this.channel = channel;
    this.onAccepted = onAccepted;
  }

  Channel channel() {
    return channel;
  }

  /**
   * The accepted connection is told of here, before ServerBootstrap registers it with a worker
   * loop. The listener is closed on this loop too, so once it is closed all of them are told of.
   */
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    taken++;
    if (msg instanceof Channel child) {
      onAccepted.accept(child);
    }
    ctx.fireChannelRead(msg);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (closesWhenEmpty) {
      channel.close();
    }
  }

  /**
   * Closes the listener at a moment when its accept queue is empty.
   *
   * @param deadline when to close it all the same, in {@link System#nanoTime()}
   */
  void closeWhenEmpty(long deadline) {
    channel.eventLoop().execute(() -> onLoopCloseWhenEmpty(deadline));
  }

  // Whatever is in the accept queue when the descriptor is closed is reset by the kernel. So:
  // accept until there is nothing, and close in the same breath, on the loop that accepts.
  // What is left is the time between the last, empty accept and the close. To connect to
  // ourselves and close when that connection comes out (the queue is first in, first out) needs
  // no transport's insides, but leaves the time of a round through the pipeline, and needs an
  // address that reaches us.
  private void onLoopCloseWhenEmpty(long deadline) {
    if (channel.unsafe() instanceof AbstractNioChannel.NioUnsafe nio) {
      do {
        taken = 0;
        nio.read();
      } while (taken > 0 && System.nanoTime() - deadline < 0);
      if (taken > 0) {
        log.warn("{} closed while connections were still coming in; some may be lost", channel);
      }
      channel.close();
      return;
    }
    // Other transports (epoll, kqueue): a read that may take any number goes on until the accept
    // says "none left"; that is when the pipeline hears of its completion. If none comes in one
    // turn of the loop, the queue was empty.
    if (channel.config().getRecvByteBufAllocator()
        instanceof MaxMessagesRecvByteBufAllocator allocator) {
      allocator.maxMessagesPerRead(Integer.MAX_VALUE);
    }
    closesWhenEmpty = true;
    channel.eventLoop().schedule(() -> channel.close(), POLL_MILLIS, TimeUnit.MILLISECONDS);
  }
}
