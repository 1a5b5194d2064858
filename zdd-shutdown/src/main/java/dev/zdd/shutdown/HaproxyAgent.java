package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers HAProxy's agent-check (configuration manual, "agent-check"), on a port of its own: one
 * line on each connection, by the state of the lifecycle.
 *
 * <pre>
 * STARTING  down #starting   no traffic yet
 * READY     up ready         traffic, whatever was said before
 * DRAINING  drain            nothing new, from the next question on; what is open goes on
 * STOPPED   stopped          no traffic
 * </pre>
 *
 * <p>HAProxy asks every {@code agent-inter} and heeds the first answer, so a server is drained
 * faster than by {@code fall} failed health checks. "drain" lasts until an agent says "ready": the
 * next process does, on the same port. "ready" also undoes a DRAIN or MAINT that an operator has
 * set by hand; who wants that to last says {@code disable agent BACKEND/SERVER} first.
 *
 * <p>The answer holds nothing that a caller could use, and nothing can be asked of it: what is sent
 * is thrown away. One daemon thread, which never blocks on a peer; at most {@value #MOST}
 * connections are open, each for at most 1 s, and of more the oldest are cut. Loopback unless told
 * otherwise.
 *
 * <p>Close it last ({@code builder.close("haproxy-agent", agent)} before all other steps), so that
 * it answers while the process drains.
 */
public final class HaproxyAgent implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HaproxyAgent.class);

  /** How many connections are open at most. */
  static final int MOST = 64;

  private static final long LINGER_NANOS = 1_000_000_000;
  private static final int LOOK_MILLIS = 100;
  private static final int JOIN_MILLIS = 1_000;
  private static final int MOST_INPUT = 4_096;

  private final Lifecycle lifecycle;
  private final ServerSocketChannel listener;
  private final Selector selector;
  private final Thread thread;
  private volatile boolean closed;

  // The agent's thread only; oldest first.
  private final Deque<Answered> answered = new ArrayDeque<>();
  private final ByteBuffer scratch = ByteBuffer.allocate(MOST_INPUT);

  private HaproxyAgent(Lifecycle lifecycle, ServerSocketChannel listener, Selector selector) {
    this.lifecycle = requireNonNull(lifecycle, "lifecycle");
    this.listener = listener;
    this.selector = selector;
    this.thread = new Thread(this::run, "zdd-haproxy-agent");
    thread.setDaemon(true);
  }

  /**
   * Answers on the loopback address, for a HAProxy on the same machine.
   *
   * @param port 0 takes a free one
   * @throws IOException if the port is in use
   */
  public static HaproxyAgent start(Lifecycle lifecycle, int port) throws IOException {
    return start(lifecycle, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /**
   * Answers on {@code address}. Anybody who reaches it can read whether this process drains.
   *
   * @throws IOException if the address is in use or not this machine's
   */
  public static HaproxyAgent start(Lifecycle lifecycle, InetSocketAddress address)
      throws IOException {
    requireNonNull(lifecycle, "lifecycle");
    ServerSocketChannel listener = ServerSocketChannel.open();
    try {
      // The next process takes the port over at once, though this one's connections still fade.
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      listener.bind(address, MOST);
      listener.configureBlocking(false);
      Selector selector = Selector.open();
      listener.register(selector, SelectionKey.OP_ACCEPT);
      HaproxyAgent agent = new HaproxyAgent(lifecycle, listener, selector);
      agent.thread.start();
      return agent;
    } catch (IOException | RuntimeException e) {
      listener.close();
      throw e;
    }
  }

  /** The port it answers on. */
  public int port() {
    return listener.socket().getLocalPort();
  }

  /** Stops answering, within 1 s. HAProxy keeps the last answer. */
  @Override
  public void close() throws IOException {
    closed = true;
    listener.close();
    selector.wakeup();
    try {
      // The port is free when the selector has let go of it, and that is the thread's to do.
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closed) {
      try {
        selector.select(answered.isEmpty() ? 0 : LOOK_MILLIS);
        if (selector.selectedKeys().removeIf(SelectionKey::isAcceptable)) {
          accept();
        }
        answered.removeIf(this::isOver);
        selector.selectedKeys().clear();
      } catch (IOException | RuntimeException e) {
        if (!closed) {
          // Out of file descriptors, perhaps. It must not end the agent, nor make it spin.
          log.error("the agent failed; going on", e);
          pause();
        }
      }
    }
    answered.forEach(Answered::close);
    try {
      selector.close();
    } catch (IOException e) {
      log.debug("the selector failed to close", e);
    }
  }

  private void accept() throws IOException {
    for (SocketChannel peer = listener.accept(); peer != null; peer = listener.accept()) {
      while (answered.size() >= MOST) {
        answered.removeFirst().close();
      }
      try {
        peer.configureBlocking(false);
        peer.write(ByteBuffer.wrap(answer().getBytes(StandardCharsets.US_ASCII)));
        // Not close(): what the peer has sent and nobody read (agent-send) would make that a reset,
        // which may overtake the answer.
        peer.shutdownOutput();
        peer.register(selector, SelectionKey.OP_READ);
        answered.addLast(new Answered(peer, System.nanoTime()));
      } catch (IOException e) {
        peer.close(); // it has gone away
      }
    }
  }

  private String answer() {
    return switch (lifecycle.state()) {
      case STARTING -> "down #starting\n";
      case READY -> "up ready\n";
      case DRAINING -> "drain\n";
      case STOPPED -> "stopped\n";
    };
  }

  private boolean isOver(Answered one) {
    boolean over = System.nanoTime() - one.since > LINGER_NANOS;
    try {
      scratch.clear();
      int read = one.peer.read(scratch);
      one.input += Math.max(0, read);
      over |= read < 0 || one.input >= MOST_INPUT;
    } catch (IOException e) {
      over = true;
    }
    if (over) {
      one.close();
    }
    return over;
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      // Nobody interrupts this thread for a reason; closed is what ends it.
    }
  }

  /** A connection that has its answer and has not hung up yet. */
  private static final class Answered {
    private final SocketChannel peer;
    private final long since;
    private int input;

    Answered(SocketChannel peer, long since) {
      this.peer = peer;
      this.since = since;
    }

    void close() {
      try {
        peer.close();
      } catch (IOException e) {
        // It is closed.
      }
    }
  }
}
