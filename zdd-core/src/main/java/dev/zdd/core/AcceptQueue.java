package dev.zdd.core;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's queue of connections that one listener has not accepted yet; for adapters, which
 * close the listener when it is empty. To its client a connection in that queue is established, and
 * the request may be on its way; when the listener is closed, the kernel resets it.
 *
 * <p>Between the last accept and the close remain microseconds, unless {@link #takeNoMore} can see
 * to it that nothing gets into the queue any more. What it cannot see: a queue that is full drops
 * the last packet of a handshake (Linux, tcp_abort_on_overflow = 0), and that client believes in a
 * connection that is not in the queue. So the backlog has to be large enough in the first place.
 *
 * <p>Thread-safe. Nothing here blocks for more than a few milliseconds.
 */
public final class AcceptQueue {
  private static final Logger log = LoggerFactory.getLogger(AcceptQueue.class);

  // For handshakes that had begun when the filter came: their last packet is a round trip away.
  private static final Duration HANDSHAKE = Duration.ofMillis(5);

  // A thread that has just slept has its time slice before it, and is not likely to lose the
  // processor between the last accept and the close.
  private static final Duration FRESH_SLICE = Duration.ofMillis(1);

  private static volatile boolean rehearsed;

  private volatile @Nullable SynFilter filter;
  private volatile boolean takesNoMore;

  /** The queue of a listener that {@link #prepare} or {@link #closeEmpty} is told. */
  public AcceptQueue() {}

  /**
   * Gets ready for the close of {@code listener}, on a thread of its own: for T0, since the close
   * is no time for what takes long. Without it, or before it is done, the close does what it can.
   */
  public void prepare(ServerSocketChannel listener) {
    try {
      prepare(listener.getLocalAddress());
    } catch (IOException e) {
      log.debug("{} was closed a moment ago", listener, e);
    }
  }

  /**
   * The same, for those who cannot hand over the channel.
   *
   * @param address what the listener is bound to; null if it is not
   */
  public void prepare(@Nullable SocketAddress address) {
    Thread preparing = new Thread(() -> lookUp(address), "zdd-accept-queue");
    preparing.setDaemon(true);
    try {
      preparing.start();
    } catch (OutOfMemoryError e) {
      log.debug("no thread to get ready for the close of {}", address, e); // it does without
    }
  }

  private void lookUp(@Nullable SocketAddress address) {
    try {
      rehearse();
    } catch (IOException e) {
      log.debug("no other listener to rehearse with", e);
    }
    if (address instanceof InetSocketAddress bound) {
      filter = SynFilter.of(bound);
    }
  }

  /** Whether {@link #takeNoMore} will do something. */
  public boolean canTakeNoMore() {
    return filter != null;
  }

  /**
   * Has the kernel ignore whoever connects from now on, and waits until handshakes that had begun
   * are over: what is in the queue then is the last. Their clients try again after a second (RFC
   * 6298, section 2), and are refused if the listener is closed then. So close it at once.
   *
   * <p>This can be had on Linux, on JDK 22 and later that was started with {@code
   * --enable-native-access=dev.zdd.core} ({@code =ALL-UNNAMED} on the class path; {@code
   * Enable-Native-Access: ALL-UNNAMED} in the manifest of the jar that is started): it is a socket
   * filter (socket(7), SO_ATTACH_FILTER), which Java cannot set. A listener that is shared with
   * another process would take no more there either: inherited ones ({@link
   * System#inheritedChannel}, systemd's LISTEN_FDS) are left as they are. Do not call it for one
   * that came in another way.
   *
   * @return whether it takes no more; if not, nothing has changed
   */
  public boolean takeNoMore() {
    SynFilter ready = filter;
    if (!takesNoMore && ready != null && ready.attach()) {
      takesNoMore = true;
      LockSupport.parkNanos(HANDSHAKE.toNanos());
    }
    return takesNoMore;
  }

  /**
   * Closes {@code listener} with nothing left in its accept queue, after {@link #takeNoMore}.
   *
   * @param listener the one that was prepared for; non-blocking, and registered with no selector:
   *     else its close would only mark it, and the kernel would go on taking connections until the
   *     selector has run
   * @return the connections that were in the queue, blocking, in the order of their arrival; they
   *     are the caller's to serve
   * @throws IOException if it could not accept or close; the listener is closed all the same
   */
  public List<SocketChannel> closeEmpty(ServerSocketChannel listener) throws IOException {
    if (listener.isBlocking() || listener.isRegistered()) {
      throw new IllegalArgumentException(
          "listener: "
              + listener
              + (listener.isBlocking() ? " is blocking" : " is registered with a selector")
              + " (expected: non-blocking and not registered)");
    }
    List<SocketChannel> accepted = new ArrayList<>();
    try (listener) {
      if (!rehearsed) {
        rehearse();
      }
      takeNoMore();
      LockSupport.parkNanos(FRESH_SLICE.toNanos());
      acceptAndClose(listener, accepted);
    } catch (IOException | RuntimeException e) {
      for (SocketChannel connection : accepted) {
        connection.close();
      }
      throw e;
    }
    log.debug("{} connections were in the accept queue of {}", accepted.size(), listener);
    return accepted;
  }

  // Nothing between the last accept and the close: what is established there is lost.
  private static void acceptAndClose(ServerSocketChannel listener, List<SocketChannel> accepted)
      throws IOException {
    SocketChannel next = listener.accept();
    while (next != null) {
      accepted.add(next);
      next = listener.accept();
    }
    listener.close();
  }

  /**
   * Closes a listener that nobody knows. The first close of its kind in a JVM loads classes, and
   * that takes long enough for somebody to connect between the last accept and the close.
   */
  private static void rehearse() throws IOException {
    try (ServerSocketChannel other = ServerSocketChannel.open()) {
      other.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      other.configureBlocking(false);
      acceptAndClose(other, new ArrayList<>());
    }
    rehearsed = true;
  }
}
