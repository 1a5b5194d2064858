package dev.zdd.httpserver;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.core.Drainable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains an {@link HttpServer} or {@link com.sun.net.httpserver.HttpsServer} of the JDK. Give it
 * the server after {@code setExecutor} and before {@code start}: it wraps the executor, to see
 * requests whose heads are still arriving.
 *
 * <pre>{@code
 * InFlightHttpFilter filter = InFlightHttpFilter.of(lifecycle);
 * server.createContext("/orders", orders).getFilters().add(0, filter);
 * server.setExecutor(executor);
 * shutdown.server(JdkHttpDrain.of(server, filter));
 * server.start();
 * }</pre>
 *
 * <p>Don't call {@link HttpServer#stop} beside it: whoever else calls it cuts the connections that
 * are being served.
 *
 * <p>Start the JVM with {@code --add-opens jdk.httpserver/sun.net.httpserver=ALL-UNNAMED} ({@code
 * =dev.zdd.httpserver} on the module path; in the manifest of an executable jar {@code Add-Opens:
 * jdk.httpserver/sun.net.httpserver}). Then the listener is closed with an empty accept queue, as
 * on the other servers. Without it, as an INFO says at the start:
 *
 * <ul>
 *   <li>The listener can only be closed as part of {@code stop}. The server is made to go on
 *       serving the connections that are open by an exchange of our own, over loopback, which ends
 *       with the drain. Where that cannot be had (a server that demands client certificates), a
 *       WARN says so, and idle connections are closed as soon as nothing is in flight.
 *   <li>The accept queue cannot be emptied from outside. The server does that itself, and a
 *       connection of our own shows when it has; what connects in the fraction of a millisecond
 *       after that is reset.
 * </ul>
 *
 * <p>What this server does not allow in any case, and what follows from it:
 *
 * <ul>
 *   <li>Its connections can neither be listed nor closed one by one. A connection on which a
 *       response is begun after T0 is closed by the server after that response, so what is idle
 *       after {@link #unbind()} has been idle since then at least. Idle connections are closed
 *       together, by {@link #close()}, and the shutdown waits until they have been idle for as long
 *       as {@link #closeIdle} is told. On Linux the kernel tells how many there are ({@code
 *       /proc/self/net/tcp}), and with none nothing is waited for; elsewhere they count as one.
 * </ul>
 *
 * <p>The application's executor stays the application's: shut it down after the server.
 */
public final class JdkHttpDrain implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(JdkHttpDrain.class);

  private static final Duration HOLD = Duration.ofMillis(500);
  private static final Duration QUEUE = Duration.ofSeconds(1);
  private static final Duration REFUSING = Duration.ofSeconds(1);

  // In seconds. JDK 17 multiplies it by 1000 as an int: 11 days are, 25 are not possible.
  private static final int NOT_BEFORE_WE_SAY_SO = 1_000_000;

  private final HttpServer server;
  private final InFlightHttpFilter filter;
  private final BusyExecutor executor;
  private final Hold hold;
  private final @Nullable JdkListener listener;
  private volatile boolean holding;
  private volatile @Nullable InetSocketAddress address;
  private volatile long unboundAt;
  private volatile boolean unbound;

  // Whether what was idle had been so for long enough, when the filter said `quietAsOf`: a response
  // that was begun before T0 can still leave a connection behind.
  private volatile boolean quiet;
  private volatile long quietAsOf;

  private JdkHttpDrain(HttpServer server, InFlightHttpFilter filter) {
    this.server = server;
    this.filter = filter;
    this.executor = new BusyExecutor(server.getExecutor());
    this.hold = new Hold(server);
    this.listener = JdkListener.of(server);
    try {
      server.setExecutor(executor);
    } catch (IllegalStateException e) {
      throw new IllegalStateException(
          "server: " + server + " has been started (expected: JdkHttpDrain.of before start)", e);
    }
  }

  /**
   * Drains {@code server}.
   *
   * @param filter the filter that counts the server's requests
   * @throws IllegalStateException if the server has been started already
   */
  public static JdkHttpDrain of(HttpServer server, InFlightHttpFilter filter) {
    return new JdkHttpDrain(requireNonNull(server, "server"), requireNonNull(filter, "filter"));
  }

  /** The filter sees the lifecycle; here begins what must be ready at T1. */
  @Override
  public void announce() {
    if (server.getExecutor() != executor) {
      log.warn(
          "the server was given another executor after JdkHttpDrain.of(server, …): requests whose"
              + " heads are still arriving are not waited for");
    }
    if (listener != null) {
      listener.announce();
    } else {
      takeHold();
    }
  }

  // On a thread of its own: the server may be slow to accept, and slower with TLS.
  private synchronized void takeHold() {
    if (!holding) {
      holding = true;
      daemon(
          "zdd-httpserver-hold",
          () -> {
            try {
              hold.take();
            } catch (IOException | RuntimeException e) {
              log.debug("no exchange of our own on {}", server, e);
            }
          });
    }
  }

  @Override
  public void unbind() throws Exception {
    address = server.getAddress();
    try {
      if (listener != null) {
        listener.closeEmpty();
      } else {
        stopUnderHold();
      }
    } finally {
      // Whatever became of the listener: else idle connections would be waited for to the deadline.
      unboundAt = System.nanoTime();
      unbound = true;
    }
  }

  private void stopUnderHold() throws Exception {
    takeHold();
    rehearse();
    if (!hold.isTaken(HOLD)) {
      log.warn(
          "the server has not begun a request of our own (all threads busy, or client certificates"
              + " demanded): it will close idle connections as soon as nothing is in flight");
    }
    try {
      hold.passThrough(QUEUE);
    } catch (IOException e) {
      log.debug("the accept queue may not be empty", e);
    }
    daemon("zdd-httpserver-stop", () -> server.stop(NOT_BEFORE_WE_SAY_SO));
    awaitRefusing();
  }

  /**
   * Stops a server that nobody knows. The first stop in a JVM loads classes after the server has
   * ceased to accept and before its listener closes.
   */
  private static void rehearse() {
    try {
      HttpServer other =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      other.start();
      other.stop(0);
    } catch (IOException e) {
      log.debug("no other server to rehearse with", e);
    }
  }

  private void awaitRefusing() throws IOException {
    long start = System.nanoTime();
    while (hold.connects()) {
      if (System.nanoTime() - start > REFUSING.toNanos()) {
        throw new IOException("the listener still accepts connections 1 s after it was closed");
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public int open() {
    int inUse = inUse();
    return isQuiet() ? inUse : Math.max(inUse, connections().orElse(inUse + 1));
  }

  /** How many connections have a request on them. */
  private int inUse() {
    // In this order: an exchange that leaves the first while it goes on has entered the second.
    int busy = executor.busy();
    return busy + filter.goingOn();
  }

  /** How many connections there are, less our own. Empty if that cannot be known. */
  private OptionalInt connections() {
    InetSocketAddress bound = address;
    return bound == null ? OptionalInt.empty() : TcpTable.connectionsTo(bound, hold.port());
  }

  /**
   * Finds out whether whatever is idle has been so for {@code idle}. If it has, nothing waits for
   * it any longer, and {@link #close()} closes it.
   *
   * @return how many connections that are; 0 where nobody knows
   */
  @Override
  public int closeIdle(Duration idle) {
    if (!unbound || isQuiet()) {
      return 0;
    }
    long keptAliveAt = filter.keptAliveAt();
    long now = System.nanoTime();
    if (Math.min(now - unboundAt, now - keptAliveAt) < idle.toNanos()) {
      return 0;
    }
    int inUse = inUse();
    int idleOnes = Math.max(0, connections().orElse(inUse) - inUse);
    quietAsOf = keptAliveAt;
    quiet = true;
    return idleOnes;
  }

  private boolean isQuiet() {
    return quiet && quietAsOf == filter.keptAliveAt();
  }

  @Override
  public void close() throws IOException {
    server.stop(0);
    hold.release();
  }

  private static void daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
  }
}
