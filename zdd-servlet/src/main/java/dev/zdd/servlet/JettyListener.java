package dev.zdd.servlet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes the listener of one connector with nothing left in its accept queue.
 *
 * <p>A connection whose handshake the kernel has finished is, to its client, established: the
 * request may be on its way. Closing the listener resets every one that has not been accepted yet.
 * So the acceptors are stopped first, then this thread accepts until there is nothing, and closes
 * in the next instruction; what connects after that is refused before any request was sent, which
 * every balancer and client may safely take elsewhere.
 */
final class JettyListener {
  private static final Logger log = LoggerFactory.getLogger(JettyListener.class);
  private static final int WAKE_TIMEOUT_MILLIS = 200;
  private static final Duration DEREGISTER_TIMEOUT = Duration.ofSeconds(1);

  private final ServerConnector connector;

  JettyListener(ServerConnector connector) {
    this.connector = connector;
  }

  void closeEmpty() throws IOException {
    if (!(connector.getTransport() instanceof ServerSocketChannel listener) || !listener.isOpen()) {
      return;
    }
    connector.setAccepting(false);
    List<Socket> wakers = new ArrayList<>();
    try {
      if (listener.isBlocking()) {
        // The acceptors sit in accept() and hold the lock that configureBlocking needs; told not to
        // accept, each parks after its next connection. We are those connections, one for each. An
        // acceptor that takes a real client's instead leaves ours in the queue, for the loop below.
        for (int i = 0; i < connector.getAcceptors(); i++) {
          wakers.add(connectTo(listener));
        }
        listener.configureBlocking(false);
      } else {
        awaitDeregistered(listener);
      }
      rehearse();
      int emptied = 0;
      for (SocketChannel next = listener.accept(); next != null; next = listener.accept()) {
        take(next);
        emptied++;
      }
      listener.close();
      log.debug("{} connections were in the accept queue of {}", emptied, connector);
    } finally {
      listener.close();
      connector.close();
      for (Socket waker : wakers) {
        waker.close();
      }
    }
  }

  /**
   * Closes a listener that nobody knows. The first close of its kind in a JVM loads classes, and
   * that takes long enough for somebody to connect between our last accept and our close.
   */
  private static void rehearse() throws IOException {
    try (ServerSocketChannel other = ServerSocketChannel.open()) {
      other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      other.configureBlocking(false);
      other.accept();
    }
  }

  /**
   * Without acceptors a selector accepts. While the channel is registered there, close() only marks
   * it: the kernel goes on taking connections until the selector has dropped the key, and resets
   * them then. setAccepting(false) has asked the selector to drop it.
   */
  private static void awaitDeregistered(ServerSocketChannel listener) throws IOException {
    long start = System.nanoTime();
    while (listener.isRegistered()) {
      if (System.nanoTime() - start > DEREGISTER_TIMEOUT.toNanos()) {
        throw new IOException("Jetty's selector has not let go of " + listener + " within 1 s");
      }
      LockSupport.parkNanos(100_000);
    }
  }

  private static Socket connectTo(ServerSocketChannel listener) throws IOException {
    InetSocketAddress bound = (InetSocketAddress) listener.getLocalAddress();
    InetAddress address =
        bound.getAddress().isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress()
            : bound.getAddress();
    Socket socket = new Socket();
    try {
      socket.connect(new InetSocketAddress(address, bound.getPort()), WAKE_TIMEOUT_MILLIS);
    } catch (IOException e) {
      // A full accept queue: then the acceptors have connections enough to wake them.
      log.debug("could not connect to {}", bound, e);
    }
    return socket;
  }

  /** What ServerConnector does with a channel that it has accepted itself. */
  private void take(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    channel.socket().setTcpNoDelay(connector.getAcceptedTcpNoDelay());
    if (connector.getAcceptedReceiveBufferSize() > -1) {
      channel.socket().setReceiveBufferSize(connector.getAcceptedReceiveBufferSize());
    }
    if (connector.getAcceptedSendBufferSize() > -1) {
      channel.socket().setSendBufferSize(connector.getAcceptedSendBufferSize());
    }
    connector.getSelectorManager().accept(channel);
  }
}
