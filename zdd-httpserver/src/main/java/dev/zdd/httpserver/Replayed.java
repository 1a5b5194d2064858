package dev.zdd.httpserver;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A listening channel from which the server's own thread accepts connections that we have accepted
 * before. A pipe with a byte in it stands for the socket that it has not got: the selector finds it
 * readable until the last connection has been taken.
 */
final class Replayed extends ServerSocketChannel {
  private final ServerSocketChannel closed;
  private final Queue<SocketChannel> connections;
  private final Pipe pipe;

  private Replayed(ServerSocketChannel closed, List<SocketChannel> connections, Pipe pipe) {
    super(closed.provider());
    this.closed = closed;
    this.connections = new ConcurrentLinkedQueue<>(connections);
    this.pipe = pipe;
  }

  /**
   * Has the thread of {@code listener} accept {@code connections}.
   *
   * @param closed the listening channel that they came from
   */
  static void to(JdkListener listener, ServerSocketChannel closed, List<SocketChannel> connections)
      throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    SelectionKey key = pipe.source().register(listener.selector(), 0);
    listener.replace(new Replayed(closed, connections, pipe), key);
    // Not before: a key that the thread finds ready and does not know is a connection to it. Both
    // this and the selection take the selector's lock, which makes the fields visible there.
    key.interestOps(SelectionKey.OP_READ);
    pipe.sink().write(ByteBuffer.allocate(1));
    listener.selector().wakeup();
  }

  /** The next one, on the server's thread. */
  @Override
  public @Nullable SocketChannel accept() throws IOException {
    SocketChannel next = connections.poll();
    if (connections.isEmpty()) {
      close();
    }
    return next;
  }

  // Closed by the last accept, or by the server's stop: then what is left is nobody's any more.
  @Override
  protected void implCloseSelectableChannel() throws IOException {
    pipe.source().close();
    pipe.sink().close();
    for (SocketChannel left : connections) {
      left.close();
    }
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() throws IOException {
    return closed.getLocalAddress();
  }

  @Override
  public ServerSocketChannel bind(SocketAddress local, int backlog) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public <T> T getOption(SocketOption<T> name) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return Set.of();
  }

  /** For {@code HttpServer.getAddress()}. */
  @Override
  public ServerSocket socket() {
    return closed.socket();
  }

  @Override
  protected void implConfigureBlocking(boolean block) {}
}
