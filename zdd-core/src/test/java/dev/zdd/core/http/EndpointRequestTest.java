package dev.zdd.core.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class EndpointRequestTest {
  @Test
  void aRequestWithoutAServerHasNoHeaders() {
    EndpointRequest request = EndpointRequest.of("GET", "/ready", "verbose");

    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.path()).isEqualTo("/ready");
    assertThat(request.query()).isEqualTo("verbose");
    assertThat(request.header("Accept")).isNull();
    assertThat(request.remoteAddress()).isNull();
  }

  @Test
  void aQueryMayBeMissing() {
    assertThat(EndpointRequest.of("GET", "/ready", null).query()).isNull();
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> EndpointRequest.of(null, "/ready", null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("method");
    assertThatThrownBy(() -> EndpointRequest.of("GET", null, null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("path");
  }
}
