package dev.zdd.httpserver;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Sends a body of at most 10 bytes back, from another thread; one of type "none" is not read. */
final class BodyEcho implements Endpoint {
  @Override
  public EndpointResponse handle(EndpointRequest request) {
    return EndpointResponse.of(200, "text/plain", request.method() + " without a body");
  }

  @Override
  public @Nullable BodyReader bodyReader(EndpointRequest request) {
    if (request.isRead()) {
      throw new IllegalStateException("asked for a " + request.method());
    }
    return "none".equals(request.header("Content-Type")) ? null : new Reader(request.method());
  }

  private record Reader(String method) implements BodyReader {
    @Override
    public int maxBytes() {
      return 10;
    }

    @Override
    public CompletableFuture<EndpointResponse> answer(byte[] body) {
      String text = method + " " + new String(body, UTF_8);
      return CompletableFuture.supplyAsync(() -> EndpointResponse.of(200, "text/plain", text));
    }

    @Override
    public EndpointResponse tooLong() {
      return EndpointResponse.of(413, "text/plain", "too long");
    }
  }
}
