package dev.zdd.servlet;

import dev.zdd.core.AcceptQueue;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
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
 *
 * <p>With SO_REUSEPORT each process has an accept queue of its own, and the same holds for ours:
 * only what the kernel puts into it between the last accept and the close is lost (unless {@link
 * AcceptQueue#takeNoMore} prevents it, or {@code net.ipv4.tcp_migrate_req} is 1: then it goes to
 * the successor's). An inherited listener is one queue for all who hold it. It is left as it is:
 * accepting no more loses nothing, for the successor takes what comes. It is not closed either, for
 * the JDK would then point standard input, output and error to /dev/null, and the rest of the
 * shutdown could not be read in the journal.
 */
final class JettyListener implements SelectorManager.AcceptListener {
  private static final Logger log = LoggerFactory.getLogger(JettyListener.class);
  private static final int WAKE_TIMEOUT_MILLIS = 200;
  private static final Duration WAKE_PAUSE = Duration.ofMillis(5);
  private static final Duration LET_GO_TIMEOUT = Duration.ofSeconds(2);

  private final ServerConnector connector;
  private final AcceptQueue queue = new AcceptQueue();

  // Our ends of the connections that call the acceptors out. They stay here: an acceptor may come
  // to its own late, and who connects after the close comes to no listener of ours.
  private final Set<SocketAddress> callers = ConcurrentHashMap.newKeySet();

  JettyListener(ServerConnector connector) {
    this.connector = connector;
  }

  /** Gets ready for the close. */
  void announce() {
    if (connector.getTransport() instanceof ServerSocketChannel listener && listener.isOpen()) {
      queue.prepare(listener);
    }
  }

  void closeEmpty() throws IOException {
    if (!(connector.getTransport() instanceof ServerSocketChannel listener) || !listener.isOpen()) {
      return;
    }
    connector.setAccepting(false);
    // The JDK hands out the same object each time.
    boolean inherited = connector.isInheritChannel() && listener.equals(System.inheritedChannel());
    List<Socket> wakers = new ArrayList<>();
    try {
      if (listener.isBlocking()) {
        callOut(listener, wakers);
      } else {
        awaitDeregistered(listener);
      }
      if (!inherited) {
        for (SocketChannel connection : queue.closeEmpty(listener)) {
          take(connection);
        }
      }
    } finally {
      if (!inherited) {
        listener.close();
        connector.close();
      }
      for (Socket waker : wakers) {
        waker.close();
      }
    }
  }

  /**
   * Gets the acceptors out of accept(), where they hold the lock that configureBlocking needs. Told
   * not to accept, each parks after its next connection; we are those connections. Not one for
   * each: an acceptor may take a client's instead, and with another process on the same port or the
   * same listener ours may land there (it takes a connection that ends at once). So we connect
   * until they are out. What they leave of ours in the queue is emptied with the rest, and {@link
   * #onAccepting} closes whichever comes to Jetty.
   */
  private void callOut(ServerSocketChannel listener, List<Socket> wakers) throws IOException {
    CompletableFuture<@Nullable Void> out = new CompletableFuture<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                listener.configureBlocking(false);
                out.complete(null);
              } catch (IOException | RuntimeException e) {
                out.completeExceptionally(e);
              }
            },
            "zdd-jetty-listener");
    waiting.setDaemon(true);
    waiting.start();
    long start = System.nanoTime();
    while (true) {
      wakers.add(connectTo(listener));
      try {
        out.get(WAKE_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        if (System.nanoTime() - start > LET_GO_TIMEOUT.toNanos()) {
          throw new IOException("Jetty's acceptors have not let go of " + listener + " in 2 s", e);
        }
      } catch (ExecutionException e) {
        throw new IOException("cannot make " + listener + " non-blocking", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("while Jetty's acceptors let go of " + listener);
      }
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
      if (System.nanoTime() - start > LET_GO_TIMEOUT.toNanos()) {
        throw new IOException("Jetty's selector has not let go of " + listener + " in 2 s");
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /**
   * Closes a connection of our own before Jetty makes anything of it: the selector drops what is
   * closed. As a connection like others it would take a pool thread to be opened and one more to
   * see its end; when all are busy it would stay, and be taken for an idle client's.
   */
  @Override
  public void onAccepting(SelectableChannel channel) {
    if (callers.isEmpty() || !(channel instanceof SocketChannel connection)) {
      return;
    }
    try {
      if (callers.contains(connection.getRemoteAddress())) {
        connection.close();
      }
    } catch (IOException e) {
      log.debug("{} was gone before it was served", connection, e);
    }
  }

  private Socket connectTo(ServerSocketChannel listener) throws IOException {
    InetSocketAddress bound = (InetSocketAddress) listener.getLocalAddress();
    InetAddress address =
        bound.getAddress().isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress()
            : bound.getAddress();
    Socket socket = caller(address);
    SocketAddress own = socket.getLocalSocketAddress();
    try {
      socket.connect(new InetSocketAddress(address, bound.getPort()), WAKE_TIMEOUT_MILLIS);
    } catch (IOException e) {
      // A full accept queue: then the acceptors have connections enough to wake them. The socket
      // has
      // been closed for it, and its port may be a client's next.
      if (own != null) {
        callers.remove(own);
      }
      log.debug("could not connect to {}", bound, e);
    }
    return socket;
  }

  /** A socket that is known by its address before it connects: an acceptor may be quick. */
  private Socket caller(InetAddress address) throws IOException {
    Socket socket = new Socket();
    try {
      socket.bind(new InetSocketAddress(address, 0));
      callers.add(socket.getLocalSocketAddress());
      return socket;
    } catch (IOException e) {
      // To connect can take a port that is in use for another peer, or was a moment ago.
      log.debug("no port to be known by at {}", address, e);
      socket.close();
      return new Socket();
    }
  }

  /** What ServerConnector does with a channel that it has accepted itself. */
  private void take(SocketChannel channel) throws IOException {
    try {
      channel.configureBlocking(false);
      channel.socket().setTcpNoDelay(connector.getAcceptedTcpNoDelay());
      if (connector.getAcceptedReceiveBufferSize() > -1) {
        channel.socket().setReceiveBufferSize(connector.getAcceptedReceiveBufferSize());
      }
      if (connector.getAcceptedSendBufferSize() > -1) {
        channel.socket().setSendBufferSize(connector.getAcceptedSendBufferSize());
      }
      connector.getSelectorManager().accept(channel);
    } catch (IOException e) {
      log.debug("{} was gone before it was served", channel, e);
      channel.close();
    }
  }
}
