package dev.zdd.httpserver;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows a zdd {@link Endpoint} on the JDK's HTTP server. Create a context for each path that the
 * endpoint answers: {@code /healthz}, {@code /ready}, {@code /startup}. What is below a path
 * belongs to its context too.
 *
 * <p>A request that waits for a change ({@link Endpoint#later}) holds its connection and no thread;
 * it is answered on the server's executor, so give it one.
 *
 * <p>Thread-safe. It decides nothing: status, headers and body are the endpoint's. A request body
 * that the endpoint does not want ({@link Endpoint#bodyReader}) is read and thrown away, up to the
 * server's own bound ({@code sun.net.httpserver.drainAmount}, 64 KiB); the server closes a
 * connection on which more comes. An {@link InFlightHttpFilter} on its context neither counts nor
 * refuses its requests, so that probes are answered to the end.
 */
public final class EndpointHttpHandler implements HttpHandler {
  private static final Logger log = LoggerFactory.getLogger(EndpointHttpHandler.class);

  private static final int NOT_MODIFIED = 304;

  private final Endpoint endpoint;

  private EndpointHttpHandler(Endpoint endpoint) {
    this.endpoint = requireNonNull(endpoint, "endpoint");
  }

  /** A handler that answers with {@code endpoint}. */
  public static EndpointHttpHandler of(Endpoint endpoint) {
    return new EndpointHttpHandler(endpoint);
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    ExchangeEndpointRequest request = new ExchangeEndpointRequest(exchange);
    BodyReader reader = request.isRead() ? null : endpoint.bodyReader(request);
    if (reader != null) {
      readAndAnswer(exchange, reader);
      return;
    }
    CompletableFuture<EndpointResponse> later = endpoint.later(request);
    if (later == null) {
      answer(exchange, endpoint.handle(request));
    } else {
      answerLater(exchange, later);
    }
  }

  private static void readAndAnswer(HttpExchange exchange, BodyReader reader) throws IOException {
    byte[] body = exchange.getRequestBody().readNBytes(reader.maxBytes() + 1);
    if (body.length > reader.maxBytes()) {
      answer(exchange, reader.tooLong());
    } else {
      answerLater(exchange, reader.answer(body));
    }
  }

  // The exchange holds no thread meanwhile. The server does not tell when the client goes: the
  // answer to it fails, when its time has come.
  @SuppressWarnings("FutureReturnValueIgnored") // whatever becomes of it is handled in the callback
  private static void answerLater(
      HttpExchange exchange, CompletableFuture<EndpointResponse> later) {
    Executor executor = exchange.getHttpContext().getServer().getExecutor();
    later.whenComplete((answer, failure) -> {
      Runnable write = () -> writeLater(exchange, answer, failure);
      if (executor == null) {
        write.run();
        return;
      }
      try {
        executor.execute(write);
      } catch (RejectedExecutionException e) {
        exchange.close();
      }
    });
  }

  private static void writeLater(
      HttpExchange exchange, @Nullable EndpointResponse answer, @Nullable Throwable failure) {
    try {
      if (answer == null) {
        log.error("an endpoint has failed to answer later", failure);
        answer(exchange, EndpointResponse.of(503, "text/plain", ""));
      } else {
        answer(exchange, answer);
      }
    } catch (IOException | RuntimeException e) {
      log.debug("who waited for {} has gone", exchange.getRequestURI(), e);
    }
  }

  private static void answer(HttpExchange exchange, EndpointResponse answer) throws IOException {
    try (exchange) {
      for (EndpointResponse.Header header : answer.headers()) {
        exchange.getResponseHeaders().set(header.name(), header.value());
      }
      byte[] body = answer.body();
      if (answer.status() == NOT_MODIFIED) {
        exchange.sendResponseHeaders(answer.status(), -1); // its length would be the 200's
      } else if (exchange.getRequestMethod().equals("HEAD")) {
        // The server writes a length of its own for everything but HEAD.
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
        exchange.sendResponseHeaders(answer.status(), -1);
      } else if (body.length == 0) {
        exchange.sendResponseHeaders(answer.status(), -1); // 0 would mean "chunked"
      } else {
        exchange.sendResponseHeaders(answer.status(), body.length);
        exchange.getResponseBody().write(body);
      }
    }
  }
}
