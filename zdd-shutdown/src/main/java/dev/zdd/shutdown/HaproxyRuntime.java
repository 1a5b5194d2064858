package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a HAProxy through its Runtime API (management guide, "set server … state") what to do with
 * this server: {@code ready} when the lifecycle is READY, {@code drain} at T0. It needs no health
 * check and works within a round trip; the socket needs {@code level admin}.
 *
 * <pre>{@code
 * HaproxyRuntime.at(Path.of("/run/haproxy/admin.sock"), "shop", "shop1").follow(lifecycle);
 * }</pre>
 *
 * <p>Never in the way: it talks on a daemon thread of its own. What fails (no HAProxy, no such
 * server, no answer within the timeout, default 1 s) is logged once and tried again every second
 * until it works or the lifecycle has moved on, since a HAProxy that restarts has forgotten. So
 * keep the health check as well: the announce phase waits for that, and not for this.
 *
 * <p>"drain" lasts beyond the end of this process; the next one says "ready". Several HAProxies are
 * told by an instance each.
 */
public final class HaproxyRuntime implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HaproxyRuntime.class);

  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofSeconds(1);
  // A space or a semicolon would begin another argument or another command.
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.:-]+");
  private static final int LONGEST_REPLY = 1_024;

  private final SocketAddress address;
  private final String server;
  private final Duration timeout;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "zdd-haproxy-runtime");
        thread.setDaemon(true);
        return thread;
      });

  // What is to be said. Whoever finds that it is no longer what they came to say, goes.
  private volatile String wanted = "";

  private HaproxyRuntime(SocketAddress address, String backend, String server, Duration timeout) {
    this.address = requireNonNull(address, "address");
    this.server = name("backend", backend) + "/" + name("server", server);
    this.timeout = requireNonNull(timeout, "timeout");
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: > 0)");
    }
  }

  /**
   * The HAProxy behind a Unix socket ({@code stats socket PATH level admin}).
   *
   * @throws IllegalArgumentException if a name is not one that HAProxy takes
   */
  public static HaproxyRuntime at(Path socket, String backend, String server) {
    return new HaproxyRuntime(UnixDomainSocketAddress.of(socket), backend, server, TIMEOUT);
  }

  /**
   * The HAProxy behind a TCP address ({@code stats socket ipv4@127.0.0.1:9999 level admin}). The
   * protocol has no password: loopback only, or a network of its own.
   *
   * @throws IllegalArgumentException if a name is not one that HAProxy takes
   */
  public static HaproxyRuntime at(InetSocketAddress address, String backend, String server) {
    return new HaproxyRuntime(address, backend, server, TIMEOUT);
  }

  /** The same, not following anything yet, with another bound over one exchange. More than 0. */
  public HaproxyRuntime timeout(Duration timeout) {
    String[] names = server.split("/", 2);
    return new HaproxyRuntime(address, names[0], names[1], timeout);
  }

  /** Tells HAProxy from here on, beginning with what the lifecycle has reached already. */
  public HaproxyRuntime follow(Lifecycle lifecycle) {
    lifecycle.onTransition(transition -> {
      switch (transition.to()) {
        case READY -> want("ready");
        case DRAINING -> want("drain");
        case STARTING, STOPPED -> {
          // STARTING is where it begins. At STOPPED "drain" is what holds on.
        }
      }
    });
    return this;
  }

  /** Ends the thread, and with it what is still tried again. */
  @Override
  public void close() {
    wanted = "";
    executor.shutdownNow();
  }

  private void want(String state) {
    wanted = state;
    if (!executor.isShutdown()) {
      executor.execute(() -> say(state, 1));
    }
  }

  private void say(String state, int attempt) {
    if (!wanted.equals(state)) {
      return;
    }
    try {
      String reply = exchange("set server " + server + " state " + state + "\n");
      if (!reply.isBlank()) {
        throw new IOException(reply.strip());
      }
      log.info("HAProxy has set {} to {} (attempt {})", server, state, attempt);
    } catch (IOException | RuntimeException e) {
      if (attempt == 1) {
        log.warn(
            "HAProxy at {} has not set {} to {}; trying again: {}",
            address,
            server,
            state,
            String.valueOf(e.getMessage()));
      }
      if (!executor.isShutdown()) {
        Future<?> unused =
            executor.schedule(
                () -> say(state, attempt + 1), RETRY.toMillis(), TimeUnit.MILLISECONDS);
      }
    }
  }

  /** Sends a line and reads to the end: HAProxy closes after its answer. */
  private String exchange(String command) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    try (Selector selector = Selector.open();
        SocketChannel channel =
            address instanceof UnixDomainSocketAddress
                ? SocketChannel.open(StandardProtocolFamily.UNIX)
                : SocketChannel.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, 0);
      if (!channel.connect(address)) {
        key.interestOps(SelectionKey.OP_CONNECT);
        while (!channel.finishConnect()) {
          await(selector, end);
        }
      }
      ByteBuffer out = ByteBuffer.wrap(command.getBytes(StandardCharsets.US_ASCII));
      key.interestOps(SelectionKey.OP_WRITE);
      while (channel.write(out) >= 0 && out.hasRemaining()) {
        await(selector, end);
      }
      ByteBuffer in = ByteBuffer.allocate(LONGEST_REPLY);
      key.interestOps(SelectionKey.OP_READ);
      while (channel.read(in) >= 0 && in.hasRemaining()) {
        await(selector, end);
      }
      return StandardCharsets.US_ASCII.decode(in.flip()).toString();
    }
  }

  private void await(Selector selector, long end) throws IOException {
    long left = end - System.nanoTime();
    if (left <= 0) {
      throw new SocketTimeoutException("no answer within " + Seconds.of(timeout));
    }
    selector.select(left / 1_000_000 + 1);
    selector.selectedKeys().clear();
    if (Thread.currentThread().isInterrupted()) {
      throw new IOException("closed");
    }
  }

  private static String name(String setting, String value) {
    if (!NAME.matcher(requireNonNull(value, setting)).matches()) {
      throw new IllegalArgumentException(
          setting + ": \"" + value + "\" (expected: letters, digits, and any of _ . : -)");
    }
    return value;
  }
}
