package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.AcceptQueue;
import dev.zdd.core.Drainable;
import io.undertow.Undertow;
import io.undertow.server.HttpHandler;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.Methods;
import io.undertow.util.StatusCodes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioExecutor;
import org.xnio.XnioWorker;

/**
 * Drains an Undertow 2.3 server. Needs {@code io.undertow:undertow-core}, which nothing else in
 * this module loads.
 *
 * <p>An Undertow server shows neither its listeners nor its connections, so the drain has to be
 * there when they are made:
 *
 * <pre>{@code
 * UndertowDrain drain = UndertowDrain.create();
 * Undertow server = Undertow.builder()
 *     .setWorker(drain.worker())
 *     .addHttpListener(8080, "0.0.0.0")
 *     .setHandler(drain.handler(handler))
 *     .build();
 * drain.server(server);
 * server.start();
 * }</pre>
 *
 * <p>With a worker of its own a server takes its threads from that one: {@code setIoThreads} and
 * {@code setWorkerThreads} of the builder have no effect. Undertow's {@code
 * GracefulShutdownHandler} is not needed, and answers 503 while the balancer still sends.
 *
 * <p>HTTP/1.x connections are drained as RFC 9112 section 9.6 has it. HTTP/2 connections are waited
 * for while a stream is open, and closed by an end of stream when nothing has come for the idle
 * time, counted as a risk: Undertow can send no GOAWAY without cutting what is in flight.
 * WebSockets are not told to end; an endpoint that registers its sessions with the lifecycle's
 * {@code longLived()} is, and Undertow's end of such a connection then waits for the client's
 * answer to the close, for at most a second of silence. Not with TLS, where the frames cannot be
 * seen.
 *
 * <p>What connects within the few microseconds between XNIO's last accept and its close is reset,
 * unless {@link AcceptQueue#takeNoMore} keeps it from coming.
 */
public final class UndertowDrain implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(UndertowDrain.class);

  private static final int FIRST_LOOK = 64;
  private static final Duration TASKS_TIMEOUT = Duration.ofSeconds(1);

  private final XnioWorker threads;
  private final boolean ownsThreads;
  private final XnioWorker worker;
  private final Queue<UndertowListener> listeners = new ConcurrentLinkedQueue<>();
  private final Set<UndertowConnection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger lookAt = new AtomicInteger(FIRST_LOOK);

  // Closed as idle and not reported yet.
  private final AtomicInteger idleClosed = new AtomicInteger();
  private volatile boolean leaving;
  private volatile @Nullable Undertow server;

  private UndertowDrain(XnioWorker threads, boolean ownsThreads) {
    this.threads = threads;
    this.ownsThreads = ownsThreads;
    this.worker = new UndertowWorker(threads, this);
  }

  /**
   * A drain whose server gets as many threads as Undertow would give it: one for I/O per processor,
   * at least 2, and 8 times as many for blocking work. {@link #close} stops them.
   */
  public static UndertowDrain create() {
    int io = Math.max(2, Runtime.getRuntime().availableProcessors());
    OptionMap options =
        OptionMap.builder()
            .set(Options.WORKER_IO_THREADS, io)
            .set(Options.WORKER_TASK_CORE_THREADS, io * 8)
            .set(Options.WORKER_TASK_MAX_THREADS, io * 8)
            .set(Options.CONNECTION_HIGH_WATER, 1_000_000)
            .set(Options.CONNECTION_LOW_WATER, 1_000_000)
            .set(Options.TCP_NODELAY, true)
            .set(Options.CORK, true)
            .getMap();
    try {
      return new UndertowDrain(
          Xnio.getInstance(Undertow.class.getClassLoader()).createWorker(options), true);
    } catch (IOException e) {
      throw new IllegalStateException("XNIO could not make a worker", e);
    }
  }

  /** A drain whose server works with {@code threads}, which whoever made them stops. */
  // A module that calls this has XNIO; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static UndertowDrain create(XnioWorker threads) {
    return new UndertowDrain(requireNonNull(threads, "threads"), false);
  }

  /** The worker to give to the builder: only listeners that are opened with it are drained. */
  @SuppressWarnings("exports")
  public XnioWorker worker() {
    return worker;
  }

  /** The handler to give to the builder, around the application's. */
  @SuppressWarnings("exports")
  public HttpHandler handler(HttpHandler next) {
    requireNonNull(next, "next");
    return exchange -> {
      UndertowConnection connection = UndertowConnection.of(exchange);
      if (connection != null) {
        connection.begin(exchange);
      }
      exchange.addResponseCommitListener(this::beforeCommit);
      next.handleRequest(exchange);
    };
  }

  /** The server to stop at the end. */
  @SuppressWarnings("exports")
  public void server(Undertow server) {
    this.server = requireNonNull(server, "server");
  }

  private void beforeCommit(HttpServerExchange exchange) {
    if (exchange.isUpgrade()
        && "websocket".equalsIgnoreCase(exchange.getRequestHeaders().getFirst(Headers.UPGRADE))) {
      UndertowConnection connection = UndertowConnection.of(exchange);
      if (connection != null) {
        connection.becomesWebSocket();
      }
    }
    boolean http11 = exchange.isHttp11();
    if (!leaving
        || !(http11 || exchange.isHttp10())
        || exchange.isUpgrade()
        || exchange.getStatusCode() == StatusCodes.SWITCHING_PROTOCOLS) {
      return;
    }
    HeaderMap headers = exchange.getResponseHeaders();
    if (UndertowConnection.hasReadMore(exchange)) {
      if (isSaidByFilter(exchange)) {
        // A filter cannot know that the next request has been read already; it will say so there.
        headers.remove(Headers.CONNECTION);
      }
      return;
    }
    exchange.setPersistent(false);
    // Undertow does not chunk a response that says close: a client could not tell its end from a
    // cut
    // connection.
    if (http11
        && !headers.contains(Headers.CONTENT_LENGTH)
        && !headers.contains(Headers.TRANSFER_ENCODING)
        && !exchange.getRequestMethod().equals(Methods.HEAD)) {
      headers.put(Headers.TRANSFER_ENCODING, Headers.CHUNKED.toString());
    }
  }

  private static boolean isSaidByFilter(HttpServerExchange exchange) {
    return Servlets.PRESENT && UndertowServlets.isMarked(exchange, InFlightFilter.SAID_CLOSE);
  }

  /** Whether undertow-servlet is there: an application may do without. */
  private static final class Servlets {
    static final boolean PRESENT = isPresent();

    private static boolean isPresent() {
      try {
        Class.forName(
            "io.undertow.servlet.handlers.ServletRequestContext",
            false,
            UndertowDrain.class.getClassLoader());
        return true;
      } catch (ClassNotFoundException e) {
        return false;
      }
    }
  }

  boolean isLeaving() {
    return leaving;
  }

  void opened(UndertowListener listener) {
    listeners.add(listener);
  }

  /** Called on an I/O thread, before Undertow sees the connection. */
  void accepted(StreamConnection connection) {
    connections.add(new UndertowConnection(this, connection));
    // Undertow has the only close listener, so the closed are looked for when they may be many.
    int look = lookAt.get();
    if (connections.size() > look && lookAt.compareAndSet(look, Integer.MAX_VALUE)) {
      lookAt.set(Math.max(FIRST_LOOK, 2 * open()));
    }
  }

  /** For tests: how many connections are kept, ended ones included. */
  int remembered() {
    return connections.size();
  }

  /** For tests: leaves what connects in the kernel's accept queue. */
  void suspendAccepting() {
    listeners.forEach(UndertowListener::suspendAccepts);
  }

  @Override
  public void announce() {
    leaving = true;
    listeners.forEach(UndertowListener::announce);
  }

  @Override
  public void unbind() throws Exception {
    IOException failure = null;
    for (UndertowListener listener : listeners) {
      try {
        listener.closeEmpty();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public int open() {
    connections.removeIf(connection -> !connection.isOpen());
    return connections.size();
  }

  @Override
  public int closeIdle(Duration idle) {
    long now = System.nanoTime();
    List<Quiet> longestFirst =
        connections.stream()
            .map(connection -> new Quiet(connection, connection.quietNanos(now)))
            .sorted(Comparator.comparingLong(Quiet::nanos).reversed())
            .toList();
    Map<XnioExecutor, Queue<UndertowConnection>> byThread = new LinkedHashMap<>();
    for (Quiet quiet : longestFirst) {
      if (quiet.connection().isOver(now)) {
        quiet.connection().cut(); // both sides have said all they will: nothing can be lost
      } else if (quiet.nanos() >= idle.toNanos()) {
        byThread
            .computeIfAbsent(quiet.connection().thread(), thread -> new ArrayDeque<>())
            .add(quiet.connection());
      }
    }
    CountDownLatch done = new CountDownLatch(byThread.size());
    byThread.forEach(
        (thread, idleOnes) -> new UndertowIdle(thread, idleOnes, idleClosed, done).start());
    await(done);
    return idleClosed.getAndSet(0); // what is closed later is in the next result
  }

  /** How long nothing had happened on a connection when it was looked at: it changes meanwhile. */
  private record Quiet(UndertowConnection connection, long nanos) {}

  private static void await(CountDownLatch done) {
    try {
      if (!done.await(TASKS_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.warn(
            "{} I/O threads still close what is idle after 1 s: too many, or are they blocked?",
            done.getCount());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws Exception {
    for (UndertowListener listener : listeners) {
      listener.close();
    }
    connections.forEach(UndertowConnection::cut);
    Undertow stopped = server;
    if (stopped != null) {
      stopped.stop();
    }
    if (ownsThreads) {
      threads.shutdownNow();
      if (!threads.awaitTermination(TASKS_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
        log.debug("threads of {} go on until they are done", threads.getName());
      }
    }
  }
}
