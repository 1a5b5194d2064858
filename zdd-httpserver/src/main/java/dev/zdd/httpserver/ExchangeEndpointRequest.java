package dev.zdd.httpserver;

import com.sun.net.httpserver.HttpExchange;
import dev.zdd.core.http.EndpointRequest;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** An exchange as an endpoint sees it: nothing is read that nobody asks for. */
record ExchangeEndpointRequest(HttpExchange exchange) implements EndpointRequest {
  @Override
  public String method() {
    return exchange.getRequestMethod();
  }

  @Override
  public String path() {
    return exchange.getRequestURI().getPath();
  }

  @Override
  public @Nullable String query() {
    return exchange.getRequestURI().getRawQuery();
  }

  @Override
  public @Nullable String header(String name) {
    return exchange.getRequestHeaders().getFirst(name);
  }

  @Override
  public @Nullable String remoteAddress() {
    // Null when the peer has gone meanwhile.
    InetAddress address = exchange.getRemoteAddress().getAddress();
    return address == null ? null : address.getHostAddress();
  }
}
