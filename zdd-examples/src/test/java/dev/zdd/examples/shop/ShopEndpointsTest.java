package dev.zdd.examples.shop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ShopEndpointsTest {
  private final CompletableFuture<EndpointResponse> promised = new CompletableFuture<>();
  private final EndpointRequest request = EndpointRequest.of("GET", "/ready", null);

  @Test
  void aProbeThatIsWaitedForIsPassedOn() {
    Endpoint probes =
        new Endpoint() {
          @Override
          public EndpointResponse handle(EndpointRequest asked) {
            return EndpointResponse.of(200, "text/plain", "now");
          }

          @Override
          public CompletableFuture<EndpointResponse> later(EndpointRequest asked) {
            return promised;
          }
        };
    assertThat(new ShopEndpoints(probes).later(request)).isSameAs(promised);
  }
}
