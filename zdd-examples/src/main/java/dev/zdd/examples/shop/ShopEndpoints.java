package dev.zdd.examples.shop;

import static java.util.Objects.requireNonNullElse;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the shop answers beside its own paths: the probes, the status page, and where flags are
 * changed. The status page shows the shutdown, which drains the server, which has to be there
 * first: a page that is not shown yet, or never, is not found.
 */
final class ShopEndpoints implements Endpoint {
  static final String STATUS = "/status";
  static final String FLAGS = "/flags";
  static final List<String> PATHS = List.of("/healthz", "/ready", "/startup", STATUS, FLAGS);

  private final Endpoint probes;
  private final Map<String, Endpoint> pages = new ConcurrentHashMap<>();

  ShopEndpoints(Endpoint probes) {
    this.probes = probes;
  }

  void show(String path, Endpoint page) {
    pages.put(path, page);
  }

  private Endpoint of(EndpointRequest request) {
    return requireNonNullElse(pages.get(request.path()), probes);
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    return of(request).handle(request);
  }

  @Override
  public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    return of(request).later(request);
  }

  @Override
  public @Nullable BodyReader bodyReader(EndpointRequest request) {
    return of(request).bodyReader(request);
  }
}
