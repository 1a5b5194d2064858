package dev.zdd.httpserver;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.core.http.Endpoint;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port of its own for the probes of a process that has no HTTP server: a consumer of a queue, a
 * batch.
 *
 * <pre>{@code
 * EndpointListener probes =
 *     EndpointListener.open(new InetSocketAddress("127.0.0.1", 8081), health.endpoint());
 * GracefulShutdown.builder(lifecycle).close("probes", probes). … // the first step closes last
 * }</pre>
 *
 * <p>It is not drained: it answers during the whole drain, and is closed last, or by the exit. It
 * binds to the address that it is given and to no other; whoever reaches that can ask. What holds
 * the process up, holds it up on another port: a process that does have a server shows its probes
 * there, so that they fail when it does.
 *
 * <p>It never keeps the JVM alive and never grows: daemon threads, {@value EndpointThreads#MOST} at
 * most, made when they are needed. A connection on which nothing comes holds none. One whose
 * request comes byte by byte, or that does not read its answer, is cut after 5 s, and after 0.1 s
 * while all threads are taken, so that others are answered. How many connections may be open is the
 * JVM's setting, without a bound unless it is given one: {@code
 * -Djdk.httpserver.maxConnections=1000}. The server of the JDK closes those that are idle for 30 s
 * ({@code sun.net.httpserver.idleInterval}).
 */
public final class EndpointListener implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EndpointListener.class);

  private static final int BACKLOG = 1_024;

  private final HttpServer server;
  private final EndpointThreads threads;

  private EndpointListener(HttpServer server, EndpointThreads threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Listens on {@code address}, port 0 taking a free one, and answers with the first of the
   * endpoints that knows the path: whose answer is not 404.
   *
   * @throws IOException if the address is in use, or not this machine's
   */
  public static EndpointListener open(
      InetSocketAddress address, Endpoint endpoint, Endpoint... more) throws IOException {
    requireNonNull(address, "address");
    requireNonNull(endpoint, "endpoint");
    FirstKnown all = new FirstKnown(Stream.concat(Stream.of(endpoint), Stream.of(more)).toList());
    HttpServer server = bound(address);
    EndpointThreads threads = new EndpointThreads();
    server.setExecutor(threads);
    server.createContext("/", EndpointHttpHandler.of(all));
    startAsDaemon(server);
    EndpointListener listener = new EndpointListener(server, threads);
    log.info("probes are answered on {}", listener.address());
    return listener;
  }

  private static HttpServer bound(InetSocketAddress address) throws IOException {
    try {
      return HttpServer.create(address, BACKLOG);
    } catch (IOException e) {
      throw new IOException(
          "address: "
              + address
              + " (expected: one of this machine, and a port that is free, or 0 for any): "
              + e.getMessage(),
          e);
    }
  }

  // The server's own thread is a daemon if the one is that starts it.
  private static void startAsDaemon(HttpServer server) {
    Thread starter = new Thread(server::start, "zdd-endpoint-start");
    starter.setDaemon(true);
    starter.start();
    boolean interrupted = false;
    while (starter.isAlive()) {
      try {
        starter.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Where it listens, with the port that was taken. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  /** Stops answering, at once; the port is free when this returns. */
  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
