package dev.zdd.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes connections so that no response is lost to the close (RFC 9112 section 9.6): it ends our
 * side of the stream, reads and drops what still comes, and closes when the client has ended its
 * side too. A plain close with bytes unread makes the kernel send a reset, and a reset that
 * overtakes the response takes it out of the client's hands.
 *
 * <p>A client that sends nothing for {@value #QUIET_SECONDS} s, or goes on sending for {@value
 * #LONGEST_SECONDS} s, is not waited for any longer. All methods may be called from any thread;
 * none blocks.
 */
final class Lingering {
  private static final Logger log = LoggerFactory.getLogger(Lingering.class);

  static final int QUIET_SECONDS = 2;
  static final int LONGEST_SECONDS = 10;
  private static final long QUIET = Duration.ofSeconds(QUIET_SECONDS).toNanos();
  private static final long LONGEST = Duration.ofSeconds(LONGEST_SECONDS).toNanos();
  private static final int LOOK_MILLIS = 100;

  // From the moment a connection is no longer the server's until it is closed.
  private final Set<SocketChannel> leaving = ConcurrentHashMap.newKeySet();
  private final Queue<SocketChannel> taken = new ConcurrentLinkedQueue<>();
  private final Selector selector;
  private volatile boolean cut;

  Lingering(String name) throws IOException {
    selector = Selector.open();
    Thread thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /** Counts a connection that is about to be taken. */
  void expect(SocketChannel channel) {
    leaving.add(channel);
  }

  /** How many are expected or not closed yet. */
  int count() {
    leaving.removeIf(channel -> !channel.isOpen());
    return leaving.size();
  }

  /**
   * Takes over a channel in non-blocking mode that nobody else reads or writes any more.
   *
   * @return false if there was nothing to wait for; then closing it is the caller's
   */
  boolean take(SocketChannel channel) {
    if (cut || !channel.isOpen()) {
      return false;
    }
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      return false; // reset by the client
    }
    leaving.add(channel);
    taken.add(channel);
    selector.wakeup();
    if (cut) {
      closeTaken(); // the thread may have looked for the last time before we added
    }
    return true;
  }

  /** Closes everything at once. */
  void cut() {
    cut = true;
    selector.wakeup();
    closeTaken();
  }

  private void run() {
    ByteBuffer sink = ByteBuffer.allocateDirect(1 << 14);
    try (selector) {
      while (!cut) {
        selector.select(LOOK_MILLIS);
        for (SocketChannel next = taken.poll(); next != null; next = taken.poll()) {
          register(next);
        }
        long now = System.nanoTime();
        for (SelectionKey key : selector.keys()) {
          if (key.attachment() instanceof Left left
              && isOver((SocketChannel) key.channel(), left, sink, now)) {
            close((SocketChannel) key.channel());
          }
        }
        selector.selectedKeys().clear();
      }
      for (SelectionKey key : selector.keys()) {
        close((SocketChannel) key.channel());
      }
    } catch (IOException e) {
      log.warn("connections are closed without waiting for their clients from here on", e);
    } finally {
      cut = true;
      closeTaken();
    }
  }

  private void register(SocketChannel channel) throws IOException {
    try {
      long now = System.nanoTime();
      channel.register(selector, SelectionKey.OP_READ, new Left(now, now));
    } catch (IOException e) {
      close(channel);
    }
  }

  private static boolean isOver(SocketChannel channel, Left left, ByteBuffer sink, long now) {
    try {
      int read;
      do {
        read = channel.read(sink.clear());
        if (read > 0) {
          left.heard = now;
        }
      } while (read == sink.capacity());
      return read < 0 || now - left.heard > QUIET || now - left.since > LONGEST;
    } catch (IOException e) {
      return true;
    }
  }

  private void closeTaken() {
    for (SocketChannel next = taken.poll(); next != null; next = taken.poll()) {
      close(next);
    }
  }

  private void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("closing {}", channel, e);
    } finally {
      leaving.remove(channel);
    }
  }

  /** Since when the stream has been ended, and when the client was last heard of. */
  private static final class Left {
    private final long since;
    private long heard;

    Left(long since, long heard) {
      this.since = since;
      this.heard = heard;
    }
  }
}
