package dev.zdd.httpserver;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Several endpoints as one: the first that knows the path answers. */
record FirstKnown(List<Endpoint> endpoints) implements Endpoint {
  private static final int NOT_FOUND = 404;

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    EndpointResponse answer = endpoints.get(0).handle(request);
    for (int i = 1; i < endpoints.size() && answer.status() == NOT_FOUND; i++) {
      answer = endpoints.get(i).handle(request);
    }
    return answer;
  }

  @Override
  public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    for (Endpoint endpoint : endpoints) {
      CompletableFuture<EndpointResponse> later = endpoint.later(request);
      if (later != null) {
        return later;
      }
    }
    return null;
  }

  @Override
  public @Nullable BodyReader bodyReader(EndpointRequest request) {
    for (Endpoint endpoint : endpoints) {
      BodyReader reader = endpoint.bodyReader(request);
      if (reader != null) {
        return reader;
      }
    }
    return null;
  }
}
