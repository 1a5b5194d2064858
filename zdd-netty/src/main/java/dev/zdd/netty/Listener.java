package dev.zdd.netty;

import dev.zdd.core.AcceptQueue;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.nio.AbstractNioChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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

  private final Channel channel;
  private final Consumer<Channel> onAccepted;

  private final AcceptQueue queue = new AcceptQueue();

  // On the listener's event loop only.
  private int taken;

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

  /** Gets ready for the close. */
  void announce() {
    queue.prepare(channel.localAddress());
  }

  /** Whether nobody who connects during the close will be reset. */
  boolean canTakeNoMore() {
    return queue.canTakeNoMore();
  }

  /**
   * Closes the listener at a moment when its accept queue is empty.
   *
   * <p>Whatever is in the queue when the descriptor is closed, the kernel resets. So: accept until
   * there is nothing, and close in the same breath, on the loop that accepts. What can still be
   * lost, where {@link AcceptQueue#takeNoMore} cannot be had, is a handshake that completes between
   * the last, empty accept and the close. (To connect to ourselves and close when that connection
   * comes out, the queue being first in, first out, would leave the time of a round through the
   * pipeline instead, and needs an address that reaches us.)
   *
   * @param deadline when to close it all the same, in {@link System#nanoTime()}
   */
  void closeWhenEmpty(long deadline) {
    queue.takeNoMore();
    channel.eventLoop().execute(() -> startClosing(deadline));
  }

  private void startClosing(long deadline) {
    if (!channel.isOpen()) {
      return;
    }
    if (channel.unsafe() instanceof AbstractNioChannel.NioUnsafe nio) {
      // The JDK keeps a closed channel's descriptor, and the kernel its queue, until the selector
      // it is registered with has run once more. So it leaves the selector before it closes: then
      // close() is the system call. Reading on its own ends too; nothing is there to ask for more.
      channel.config().setAutoRead(false);
      channel.deregister();
      acceptRestAndClose(nio, deadline);
      return;
    }
    if (EpollQueue.isOf(channel)) {
      acceptRestAndClose(EpollQueue.of(channel), deadline);
      return;
    }
    closeAfterAnEmptyTurn(deadline);
  }

  // Other transports do not show how to accept. A turn of the loop in which no connection came out
  // tells that the queue was empty, a moment ago: what comes between that turn and the close is
  // lost, which under a storm of connections is more than with NIO or epoll.
  private void closeAfterAnEmptyTurn(long deadline) {
    taken = 0;
    channel
        .eventLoop()
        .schedule(
            () -> {
              if (taken > 0 && System.nanoTime() - deadline < 0) {
                closeAfterAnEmptyTurn(deadline);
              } else {
                close();
              }
            },
            1,
            TimeUnit.MILLISECONDS);
  }

  private void acceptRestAndClose(AbstractNioChannel.NioUnsafe nio, long deadline) {
    if (nio.ch().isRegistered() && System.nanoTime() - deadline < 0) {
      channel
          .eventLoop()
          .schedule(() -> acceptRestAndClose(nio, deadline), 1, TimeUnit.MILLISECONDS);
      return;
    }
    if (channel.getClass() == NioServerSocketChannel.class
        && nio.ch().isOpen()
        && !nio.ch().isRegistered()) {
      closeAndServeRest((ServerSocketChannel) nio.ch());
    } else {
      do {
        taken = 0;
        nio.read();
      } while (taken > 0 && System.nanoTime() - deadline < 0);
    }
    close();
  }

  // Not by Netty's own accept, whose way to the close is long, and slow the first time.
  private void closeAndServeRest(ServerSocketChannel listener) {
    try {
      for (SocketChannel next : queue.closeEmpty(listener)) {
        serve(next);
      }
      channel.pipeline().fireChannelReadComplete();
      taken = 0;
    } catch (IOException e) {
      log.warn("{} could not be emptied", channel, e);
    }
  }

  private void serve(SocketChannel accepted) throws IOException {
    NioSocketChannel connection;
    try {
      connection = new NioSocketChannel(channel, accepted);
    } catch (RuntimeException e) {
      log.debug("{}: one connection was gone", channel, e);
      accepted.close();
      return;
    }
    channel.pipeline().fireChannelRead(connection);
  }

  private void acceptRestAndClose(EpollQueue queue, long deadline) {
    boolean more = true;
    while (more && System.nanoTime() - deadline < 0) {
      taken = 0;
      try {
        more = queue.accept(channel);
      } catch (IOException e) {
        log.debug("{}: one connection was gone, or could not be accepted", channel, e);
      }
    }
    close();
  }

  private void close() {
    boolean emptied = taken == 0;
    channel.close();
    if (!emptied) {
      log.warn("{} closed while connections were still coming in; some may be lost", channel);
    }
  }
}
