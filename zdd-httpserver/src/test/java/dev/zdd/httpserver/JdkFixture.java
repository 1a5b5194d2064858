package dev.zdd.httpserver;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A real server of the JDK, with a small application on it. */
final class JdkFixture implements AutoCloseable {
  static final int BIG = 16 << 20;

  final Lifecycle lifecycle = new Lifecycle();
  final AtomicInteger calls = new AtomicInteger();
  final CountDownLatch release = new CountDownLatch(1);
  final CountDownLatch headSent = new CountDownLatch(1);
  final InFlightHttpFilter filter = InFlightHttpFilter.of(lifecycle);
  final HttpServer server;
  final JdkHttpDrain drain;
  private final @Nullable ExecutorService executor;

  JdkFixture() throws IOException {
    this(HttpServer.create(loopback(), 0), Executors.newCachedThreadPool());
  }

  /**
   * Starts a server.
   *
   * @param executor null for the server's own way, which is the thread that accepts
   */
  JdkFixture(HttpServer server, @Nullable ExecutorService executor) {
    this.server = server;
    this.executor = executor;
    application("/", exchange -> answer(exchange, "ok"));
    application("/held", this::held);
    application("/async", exchange -> onAnotherThread(() -> held(exchange)));
    application("/gives-up", HttpExchange::close);
    application(
        "/gives-up-later",
        exchange ->
            onAnotherThread(() -> {
              await(release);
              exchange.close();
            }));
    application(
        "/throws",
        exchange -> {
          throw new IOException("on purpose");
        });
    application("/short", this::tooShort);
    application("/streams", this::streams);
    application("/big", this::big);
    application("/reads", this::reads);
    application("/empty", exchange -> exchange.sendResponseHeaders(204, -1));
    server.createContext("/ready", EndpointHttpHandler.of(ready())).getFilters().add(filter);
    if (executor != null) {
      server.setExecutor(executor);
    }
    drain = JdkHttpDrain.of(server, filter);
    server.start();
  }

  static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private void application(String path, HttpHandler handler) {
    server
        .createContext(
            path,
            exchange -> {
              calls.incrementAndGet();
              handler.handle(exchange);
            })
        .getFilters()
        .add(filter);
  }

  private Endpoint ready() {
    return request ->
        EndpointResponse.of(
            lifecycle.isLeaving() ? 503 : 200,
            "text/plain",
            request.path() + " " + request.query() + " " + request.remoteAddress() + "\n");
  }

  private void held(HttpExchange exchange) throws IOException {
    await(release);
    answer(exchange, "ok");
  }

  private void streams(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 4);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write("ok".getBytes(StandardCharsets.US_ASCII));
      out.flush();
      headSent.countDown();
      await(release);
      out.write("ok".getBytes(StandardCharsets.US_ASCII));
    }
  }

  private void tooShort(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, 100);
    exchange.getResponseBody().write(1);
    exchange.close();
  }

  private void big(HttpExchange exchange) throws IOException {
    exchange.sendResponseHeaders(200, BIG);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(new byte[BIG]);
    }
  }

  private void reads(HttpExchange exchange) throws IOException {
    try (InputStream in = exchange.getRequestBody()) {
      answer(exchange, "read " + in.readAllBytes().length);
    }
  }

  static void answer(HttpExchange exchange, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.US_ASCII);
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void onAnotherThread(Work work) {
    new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            })
        .start();
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("not released within 30 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  int port() {
    return server.getAddress().getPort();
  }

  RawClient connect() throws IOException {
    return new RawClient(port());
  }

  /** T0 as the shutdown does it. */
  void signal() {
    lifecycle.drain("test");
    drain.announce();
  }

  @Override
  public void close() throws IOException {
    release.countDown();
    drain.close();
    if (executor != null) {
      executor.shutdownNow();
    }
  }
}
