package dev.zdd.core;

import static java.util.Objects.requireNonNull;

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's queue of connections that a listener has not accepted yet; for adapters, which close
 * the listener when it is empty. To its client a connection in that queue is established, and the
 * request may be on its way; when the listener is closed, the kernel resets it.
 *
 * <p>Between the last accept and the close remain microseconds, unless {@link #takeNoMore} can see
 * to it that nothing gets into the queue any more.
 *
 * <p>Thread-safe; blocks for a few milliseconds.
 */
public final class AcceptQueue {
  private static final Logger log = LoggerFactory.getLogger(AcceptQueue.class);

  // For handshakes that had begun when the filter came: their last packet is a round trip away.
  private static final Duration HANDSHAKE = Duration.ofMillis(5);

  // A thread that has just slept has its time slice before it, and is not likely to lose the
  // processor between the last accept and the close.
  private static final Duration FRESH_SLICE = Duration.ofMillis(1);

  private AcceptQueue() {}

  /**
   * Closes {@code listener} with nothing left in its accept queue.
   *
   * @param listener non-blocking, and registered with no selector: else its close would only mark
   *     it, and the kernel would go on taking connections until the selector has run
   * @return the connections that were in the queue, blocking, in the order of their arrival; they
   *     are the caller's to serve
   * @throws IOException if it could not accept or close; the listener is closed all the same
   */
  public static List<SocketChannel> closeEmpty(ServerSocketChannel listener) throws IOException {
    requireNonNull(listener, "listener");
    if (listener.isBlocking() || listener.isRegistered()) {
      throw new IllegalArgumentException(
          "listener: "
              + listener
              + (listener.isBlocking() ? " is blocking" : " is registered with a selector")
              + " (expected: non-blocking and not registered)");
    }
    List<SocketChannel> accepted = new ArrayList<>();
    try (listener) {
      rehearse();
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
   * Has the kernel ignore whoever connects to a listener of this process from now on, and waits
   * until handshakes that had begun are over: what is in the queue then is the last. Their clients
   * try again after a second (RFC 6298, section 2), and are refused if the listener is closed then.
   * So close it at once.
   *
   * <p>This can be had on Linux, on JDK 22 and later that was started with {@code
   * --enable-native-access=dev.zdd.core} ({@code =ALL-UNNAMED} on the class path; {@code
   * Enable-Native-Access: ALL-UNNAMED} in the manifest of the jar that is started): it is a socket
   * filter (socket(7), SO_ATTACH_FILTER), which Java cannot set. A listener that is shared with
   * another process would take no more there either: inherited ones ({@link
   * System#inheritedChannel}, systemd's LISTEN_FDS) are left as they are. Do not call it for one
   * that came in another way.
   *
   * @param listener what the listener is bound to
   * @return whether it takes no more; if not, nothing has changed
   */
  public static boolean takeNoMore(SocketAddress listener) {
    if (!(listener instanceof InetSocketAddress bound) || !SynFilter.attach(bound)) {
      return false;
    }
    LockSupport.parkNanos(HANDSHAKE.toNanos());
    return true;
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
  }
}
