package dev.zdd.httpserver;

import static java.util.Objects.requireNonNull;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import java.io.IOException;

/**
 * Shows a zdd {@link Endpoint} on the JDK's HTTP server. Create a context for each path that the
 * endpoint answers: {@code /healthz}, {@code /ready}, {@code /startup}. What is below a path
 * belongs to its context too.
 *
 * <p>Thread-safe. It decides nothing: status, headers and body are the endpoint's. A request body
 * is read and thrown away, up to the server's own bound ({@code sun.net.httpserver.drainAmount}, 64
 * KiB); the server closes a connection on which more comes. An {@link InFlightHttpFilter} on its
 * context neither counts nor refuses its requests, so that probes are answered to the end.
 */
public final class EndpointHttpHandler implements HttpHandler {
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
    try (exchange) {
      EndpointResponse answer = endpoint.handle(new ExchangeEndpointRequest(exchange));
      for (EndpointResponse.Header header : answer.headers()) {
        exchange.getResponseHeaders().set(header.name(), header.value());
      }
      byte[] body = answer.body();
      if (exchange.getRequestMethod().equals("HEAD")) {
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
