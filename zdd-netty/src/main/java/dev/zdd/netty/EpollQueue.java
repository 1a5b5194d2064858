package dev.zdd.netty;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import java.io.IOException;

/**
 * The accept queue of a listener on Netty's epoll transport, whose own accept cannot be called from
 * outside and takes one connection in each turn of the loop. Only this class loads the transport's.
 */
final class EpollQueue {
  private static final String TRANSPORT = "io.netty.channel.epoll.EpollServerSocketChannel";

  // The native accept() writes the peer's address there: its length, and up to 16 + 4 + 4 bytes.
  private final byte[] address = new byte[26];
  private final Socket socket;

  private EpollQueue(Socket socket) {
    this.socket = socket;
  }

  /** Whether {@code channel} is such a listener; loads nothing if not. */
  static boolean isOf(Channel channel) {
    return channel.getClass().getName().equals(TRANSPORT);
  }

  static EpollQueue of(Channel channel) {
    return new EpollQueue((Socket) ((EpollServerSocketChannel) channel).fd());
  }

  /**
   * Accepts one and gives it to the listener's pipeline, as the transport would.
   *
   * @return false if there was none
   * @throws IOException if accept() failed; there may be more
   */
  boolean accept(Channel listener) throws IOException {
    int descriptor = socket.accept(address);
    if (descriptor < 0) {
      return false;
    }
    listener.pipeline().fireChannelRead(new EpollSocketChannel(descriptor));
    listener.pipeline().fireChannelReadComplete();
    return true;
  }
}
