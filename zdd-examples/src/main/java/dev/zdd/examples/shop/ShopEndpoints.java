package dev.zdd.examples.shop;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.core.page.StatusPage;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the shop answers beside its own paths: the probes, and the status page. That shows the
 * shutdown, which drains the server, which has to be there first: until then it is not found.
 */
final class ShopEndpoints implements Endpoint {
  static final String PAGE = "/status";
  static final List<String> PATHS = List.of("/healthz", "/ready", "/startup", PAGE);

  private final Endpoint probes;
  private volatile @Nullable StatusPage page;

  ShopEndpoints(Endpoint probes) {
    this.probes = probes;
  }

  void show(StatusPage made) {
    page = made;
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    StatusPage made = page;
    return made != null && request.path().equals(PAGE)
        ? made.handle(request)
        : probes.handle(request);
  }

  @Override
  public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    return probes.later(request);
  }
}
