package dev.zdd.servlet;

import dev.zdd.core.AcceptQueue;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tomcat's endpoint with a door that closes without a loss: it empties the accept queue before it
 * closes the listener, and once it is leaving it ends each connection by an end of stream instead
 * of a plain close.
 */
final class TomcatEndpoint extends NioEndpoint {
  private static final Logger log = LoggerFactory.getLogger(TomcatEndpoint.class);

  private static final int WAKE_TIMEOUT_MILLIS = 200;
  private static final Duration EMPTY_TIMEOUT = Duration.ofSeconds(5);

  // What was in the accept queue; on the acceptor's thread only.
  private final Queue<SocketChannel> queued = new ArrayDeque<>();
  private final CountDownLatch listenerClosed = new CountDownLatch(1);
  private final ConcurrentHashMap<SocketChannel, TomcatUpgraded> upgraded =
      new ConcurrentHashMap<>();
  private volatile boolean emptying;
  private volatile @Nullable Lingering lingering;
  private final AcceptQueue queue = new AcceptQueue();

  TomcatEndpoint() {
    connections = new Connections();
  }

  /** From here on connections that Tomcat closes are closed by an end of stream. */
  void announce() {
    if (lingering == null) {
      try {
        lingering = new Lingering(getName() + "-Lingering");
      } catch (IOException e) {
        log.warn("{}: connections will be closed without waiting for their clients", getName(), e);
      }
    }
    if (getServerSocket() instanceof ServerSocketChannel listener && listener.isOpen()) {
      queue.prepare(listener);
    }
    upgraded.values().forEach(TomcatUpgraded::announce);
  }

  boolean isLeaving() {
    return lingering != null;
  }

  /** How many connections there are, those included that only wait for their client's end. */
  int open() {
    // In this order: a connection enters the second before it leaves the first.
    int served = connections.size();
    Lingering ended = lingering;
    return served + (ended == null ? 0 : ended.count());
  }

  /** Cuts what is still open; Tomcat's own stop closes the rest. */
  void cut() {
    Lingering ended = lingering;
    if (ended != null) {
      ended.cut();
    }
  }

  // ---- the listener

  /**
   * Closes the listener with nothing left in its accept queue. The acceptor does it itself: it is
   * the only thread that can know that it is not in the middle of an accept.
   *
   * @throws IOException if the acceptor did not come to it within 5 s; then the listener has been
   *     closed as it was
   */
  void closeListenerEmpty() throws IOException, InterruptedException {
    if (!isRunning()
        || !(getServerSocket() instanceof ServerSocketChannel listener)
        || !listener.isOpen()) {
      return;
    }
    // Before the acceptor is told: it may be at work, and have closed the listener a moment later.
    SocketAddress address = listener.getLocalAddress();
    emptying = true;
    // An acceptor that waits for one of maxConnections to end would leave the queue as it is.
    setMaxConnections(-1);
    try (Socket waker = new Socket()) {
      // The acceptor sits in accept(), and this is what it gets; if a client comes first, ours is
      // in the queue that it empties.
      wake(address, waker);
      if (!listenerClosed.await(EMPTY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(
            "Tomcat's acceptor has not emptied the accept queue of "
                + getName()
                + " within 5 s (is the connector paused?)");
      }
    } finally {
      listener.close();
    }
  }

  /** Closes the listener as it is; Tomcat's stop leaves one open that was bound at its start. */
  void closeListener() throws IOException {
    if (getServerSocket() instanceof ServerSocketChannel listener) {
      listener.close();
    }
  }

  void tellSessions() {
    upgraded.values().forEach(TomcatUpgraded::announce);
    upgraded.values().forEach(TomcatUpgraded::sayGoodbye);
  }

  private static void wake(SocketAddress listener, Socket waker) throws IOException {
    try {
      if (listener instanceof InetSocketAddress bound) {
        InetAddress address =
            bound.getAddress().isAnyLocalAddress()
                ? InetAddress.getLoopbackAddress()
                : bound.getAddress();
        waker.connect(new InetSocketAddress(address, bound.getPort()), WAKE_TIMEOUT_MILLIS);
      } else {
        SocketChannel.open(listener).close(); // a Unix domain socket
      }
    } catch (IOException e) {
      // A full accept queue: then the acceptor has connections enough to wake it.
      log.debug("could not connect to {}", listener, e);
    }
  }

  @Override
  protected SocketChannel serverSocketAccept() throws Exception {
    if (!emptying) {
      return super.serverSocketAccept();
    }
    if (getServerSocket() instanceof ServerSocketChannel listener && listener.isOpen()) {
      listener.configureBlocking(false);
      queued.addAll(queue.closeEmpty(listener));
    }
    SocketChannel next = queued.poll();
    if (next != null) {
      return next;
    }
    listenerClosed.countDown();
    // To Tomcat a failed accept is an error to be logged and tried again, unless it is stopping.
    while (isRunning()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
    }
    throw new ClosedChannelException();
  }

  @Override
  protected void unlockAccept() {
    if (!emptying) {
      super.unlockAccept();
    }
  }

  // ---- the connections

  /** How long nothing had happened on a connection when it was looked at: it changes meanwhile. */
  record Quiet(TomcatEndpoint endpoint, NioSocketWrapper connection, long millis) {
    boolean close() {
      return endpoint.closeIfIdle(connection);
    }
  }

  List<Quiet> quiet() {
    long now = System.currentTimeMillis(); // Tomcat's clock
    List<Quiet> quiet = new ArrayList<>();
    for (SocketWrapperBase<NioChannel> one : connections.values()) {
      if (one instanceof NioSocketWrapper connection) {
        long last = Math.max(connection.getLastRead(), connection.getLastWrite());
        quiet.add(new Quiet(this, connection, now - last));
      }
    }
    return quiet;
  }

  void closeIdleSessions(Duration idle) {
    upgraded.values().forEach(one -> one.closeIfIdle(idle));
  }

  /**
   * Closes a connection that is between two requests. Tomcat holds the lock of a connection while
   * it works on it, and keeps a processor with it while a request has begun and not ended: a head
   * that has come in half, an asynchronous request, a response that is being sent, another
   * protocol.
   */
  private boolean closeIfIdle(NioSocketWrapper connection) {
    ReentrantLock lock = connection.getLock();
    if (!lock.tryLock()) {
      return false;
    }
    try {
      if (connection.isClosed() || connection.getCurrentProcessor() != null) {
        return false;
      }
      if (connection.getSocket().isHandshakeComplete() && connection.isReadyForRead()) {
        // A request has come that the poller has not handed over yet, or only just. What we have
        // read lies in the connection's buffer, where Tomcat looks first; should the poller have
        // handed it over too, the second finds nothing to do.
        processSocket(connection, SocketEvent.OPEN_READ, true);
        return false;
      }
      connection.close();
      return true;
    } catch (EOFException e) {
      connection.close(); // the client was first
      return false;
    } catch (IOException e) {
      connection.close();
      return false;
    } finally {
      lock.unlock();
    }
  }

  void upgraded(SocketWrapperBase<?> connection, TomcatUpgraded session) {
    if (connection.getSocket() instanceof NioChannel channel) {
      SocketChannel socket = channel.getIOChannel();
      upgraded.put(socket, session);
      if (!socket.isOpen()) {
        upgraded.remove(socket);
      }
    }
    // After the entry: whoever tells them has seen it, or we see that they are told. One that has
    // come since the announcement waits for that: see TomcatUpgraded.Http2.
    if (emptying) {
      session.announce();
      session.sayGoodbye();
    }
  }

  @Override
  protected NioChannel createChannel(SocketBufferHandler buffer) {
    return isSSLEnabled() ? new Secure(buffer) : new Plain(buffer);
  }

  /** Ends a connection politely, if we are leaving and there is somebody to be polite to. */
  private boolean linger(SocketChannel channel) {
    Lingering ended = lingering;
    Poller poller = getPoller();
    if (ended == null || poller == null || !isRunning()) {
      return false;
    }
    SelectionKey key = channel.keyFor(poller.getSelector());
    if (key != null) {
      key.cancel();
    }
    return ended.take(channel);
  }

  private final class Plain extends NioChannel {
    Plain(SocketBufferHandler buffer) {
      super(buffer);
    }

    @Override
    public void close(boolean force) throws IOException {
      if (!force || !linger(sc)) {
        super.close(force);
      }
    }
  }

  private final class Secure extends SecureNioChannel {
    Secure(SocketBufferHandler buffer) {
      super(buffer, TomcatEndpoint.this);
    }

    @Override
    public void close(boolean force) throws IOException {
      if (!force || !isLeaving()) {
        super.close(force);
        return;
      }
      try {
        close(); // the close_notify
      } finally {
        closed = true;
        if (!linger(sc)) {
          sc.close();
        }
      }
    }
  }

  /** Tomcat takes a connection out before it closes it; in between it must not go uncounted. */
  private final class Connections
      extends ConcurrentHashMap<SocketChannel, SocketWrapperBase<NioChannel>> {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable SocketWrapperBase<NioChannel> remove(Object key) {
      if (key instanceof SocketChannel channel) {
        upgraded.remove(channel);
        Lingering ended = lingering;
        if (ended != null) {
          ended.expect(channel);
        }
      }
      return super.remove(key);
    }
  }
}
