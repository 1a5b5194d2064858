package dev.zdd.examples.shop;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.httpserver.EndpointHttpHandler;
import dev.zdd.httpserver.InFlightHttpFilter;
import dev.zdd.httpserver.JdkHttpDrain;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The shop on the JDK's own HTTP server: zdd's filter, handler and drain. */
final class ShopOnJdk implements ShopServer, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ShopOnJdk.class);
  private static final int THREADS = 32;
  private static final int BACKLOG = 1024;

  static {
    // Read once, when the server's classes are loaded. Without the first an answer in two writes
    // waits for the peer's delayed acknowledgement; the second and third keep the server from
    // closing an idle connection before the balancer does.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.idleInterval", String.valueOf(IDLE_SECONDS));
    System.setProperty("sun.net.httpserver.maxIdleConnections", "2000");
  }

  private final HttpServer server;
  private final JdkHttpDrain drain;
  private final ExecutorService threads;

  private ShopOnJdk(HttpServer server, JdkHttpDrain drain, ExecutorService threads) {
    this.server = server;
    this.drain = drain;
    this.threads = threads;
  }

  static ShopOnJdk start(
      String host,
      int port,
      Shop shop,
      Map<String, String> shopHeaders,
      Endpoint endpoint,
      Lifecycle lifecycle)
      throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(host, port), BACKLOG);
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    server.setExecutor(threads);
    InFlightHttpFilter inFlight = InFlightHttpFilter.of(lifecycle);
    for (String path : ShopEndpoints.PATHS) {
      server.createContext(path, EndpointHttpHandler.of(endpoint));
    }
    server
        .createContext("/", exchange -> serve(exchange, shop, shopHeaders))
        .getFilters()
        .add(0, inFlight);
    JdkHttpDrain drain = JdkHttpDrain.of(server, inFlight);
    server.start();
    return new ShopOnJdk(server, drain, threads);
  }

  /** Reads the body here, and answers on whichever thread has the answer. */
  private static void serve(HttpExchange exchange, Shop shop, Map<String, String> shopHeaders)
      throws IOException {
    shopHeaders.forEach(exchange.getResponseHeaders()::set);
    if (!takesWholeBody(exchange)) {
      write(exchange, Reply.error(413, "the body is too large"));
      return;
    }
    var unused =
        shop.handle(
                exchange.getRequestMethod(),
                exchange.getRequestURI().getPath(),
                exchange.getRequestURI().getRawQuery())
            .thenAccept(answer -> write(exchange, answer));
  }

  private static boolean takesWholeBody(HttpExchange exchange) throws IOException {
    InputStream body = exchange.getRequestBody();
    int read = body.readNBytes(MOST_BODY_BYTES).length;
    return read < MOST_BODY_BYTES || body.read() < 0;
  }

  private static void write(HttpExchange exchange, Answer answer) {
    try {
      if (answer instanceof Reply reply) {
        reply.headers().forEach(exchange.getResponseHeaders()::set);
        // A length of 0 would mean "chunked".
        exchange.sendResponseHeaders(
            reply.status(), reply.body().length == 0 ? -1 : reply.body().length);
        exchange.getResponseBody().write(reply.body());
        exchange.close();
      } else if (answer instanceof Chunks chunks) {
        Chunks.HEADERS.forEach(exchange.getResponseHeaders()::set);
        exchange.sendResponseHeaders(200, 0);
        chunks.writeTo(new Streaming(exchange));
      }
    } catch (IOException e) {
      log.debug("the client has gone", e);
      exchange.close();
    }
  }

  private record Streaming(HttpExchange exchange) implements Chunks.Sink {
    @Override
    public void write(byte[] chunk) throws IOException {
      exchange.getResponseBody().write(chunk);
      exchange.getResponseBody().flush();
    }

    @Override
    public void end() {
      exchange.close();
    }

    @Override
    public void broken() {
      exchange.close();
    }
  }

  @Override
  public int port() {
    return server.getAddress().getPort();
  }

  @Override
  public Drainable drain() {
    return drain;
  }

  /** Ends the threads; for after the drain has closed the server. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
