package dev.zdd.core.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.EndpointResponse.Header;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointResponseTest {
  private static final byte[] NO_BODY = {};

  @ParameterizedTest
  @ValueSource(ints = {Integer.MIN_VALUE, -1, 0, 100, 199, 600, Integer.MAX_VALUE})
  void refusesAStatusThatIsNoFinalAnswer(int status) {
    assertThatThrownBy(() -> new EndpointResponse(status, List.of(), NO_BODY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("status: " + status + " (expected: 200 to 599)");
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 405, 503, 599})
  void takesEveryFinalStatus(int status) {
    assertThat(new EndpointResponse(status, List.of(), NO_BODY).status()).isEqualTo(status);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "a\tb", "\u001f", "a\u007f"})
  void refusesAHeaderThatWouldSplitTheResponse(String text) {
    assertThatThrownBy(() -> new Header("Retry-After", text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("header value has a control character (expected: none)");
    assertThatThrownBy(() -> new Header(text, "1"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("header name has a control character (expected: none)");
    assertThatThrownBy(() -> EndpointResponse.of(200, "text/plain", "").with("Retry-After", text))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> EndpointResponse.of(200, text, ""))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> new Header(null, "1"))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("header name");
    assertThatThrownBy(() -> new Header("Retry-After", null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("header value");
    assertThatThrownBy(() -> new EndpointResponse(200, List.of(), null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("body");
  }

  @Test
  void everyAnswerForbidsCachingAndSniffing() {
    EndpointResponse response = EndpointResponse.of(503, "application/json", "{\"ä\":1}");

    assertThat(response.status()).isEqualTo(503);
    assertThat(response.headers())
        .containsExactly(
            new Header("Content-Type", "application/json"),
            new Header("Cache-Control", "no-store"),
            new Header("X-Content-Type-Options", "nosniff"));
    assertThat(new String(response.body(), UTF_8)).isEqualTo("{\"ä\":1}");
  }

  @Test
  void itsHeadersCannotBeChanged() {
    List<Header> headers = new ArrayList<>(List.of(new Header("Allow", "GET, HEAD")));
    EndpointResponse response = new EndpointResponse(405, headers, NO_BODY);
    headers.clear();

    assertThat(response.headers()).containsExactly(new Header("Allow", "GET, HEAD"));
    assertThatThrownBy(() -> response.headers().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void oneMoreHeaderMakesAnotherAnswerWithTheSameBody() {
    EndpointResponse first = EndpointResponse.of(503, "text/plain", "no");
    EndpointResponse second = first.with("Retry-After", "5");

    assertThat(first.headers()).hasSize(3);
    assertThat(second.status()).isEqualTo(503);
    assertThat(second.headers())
        .startsWith(first.headers().toArray(Header[]::new))
        .endsWith(new Header("Retry-After", "5"))
        .hasSize(4);
    assertThat(second.body()).isSameAs(first.body());
  }
}
