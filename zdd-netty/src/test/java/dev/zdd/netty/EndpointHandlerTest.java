package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointHandlerTest {
  private static final Endpoint ECHO =
      request ->
          EndpointResponse.of(
                  503,
                  "text/plain",
                  request.path() + " " + request.query() + " " + request.header("accept"))
              .with("Retry-After", "5");

  private final EmbeddedChannel channel =
      new EmbeddedChannel(EndpointHandler.of(ECHO, "/ready", "/healthz"));

  @ParameterizedTest
  @CsvSource({
    "/ready, '/ready null me'",
    "/ready/db?verbose&x=%20, '/ready/db verbose&x=%20 me'",
    "/ready/, '/ready/ null me'",
    "/ready/a%20b+c, '/ready/a b+c null me'",
    "/%72eady, '/ready null me'",
    "http://host/healthz?, '/healthz  me'"
  })
  void answersWhatIsAtAPrefixOrBelow(String target, String body) {
    FullHttpResponse response = get(target);
    assertThat(response.status().code()).isEqualTo(503);
    assertThat(response.headers().get("Retry-After")).isEqualTo("5");
    assertThat(response.headers().getInt("Content-Length")).isEqualTo(body.length());
    assertThat(response.content().toString(StandardCharsets.UTF_8)).isEqualTo(body);
    response.release();
    assertThat(channel.<Object>readInbound()).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/readying",
        "/x/ready",
        "*",
        "host:443",
        "http://ready",
        "/%zz",
        "?/ready",
        ""
      })
  void passesOnWhatIsNot(String target) {
    assertThat(get(target)).isNull();
    assertThat(channel.<HttpRequest>readInbound().uri()).isEqualTo(target);
    assertThat(channel.<Object>readInbound()).isSameAs(LastHttpContent.EMPTY_LAST_CONTENT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/ready/%zz", "/ready/%", "/ready/%4"})
  void refusesABadEscapeWithoutSayingItBack(String target) {
    FullHttpResponse response = get(target);
    assertThat(response.status().code()).isEqualTo(400);
    assertThat(response.content().readableBytes()).isZero();
  }

  @Test
  void readsAndDropsTheBodyOfARequestItAnswers() {
    channel.writeInbound(request(HttpMethod.POST, "/ready"));
    HttpContent part = new DefaultHttpContent(Unpooled.copyInt(1));
    HttpContent last = new DefaultLastHttpContent(Unpooled.copyInt(2));
    channel.writeInbound(part, last);
    assertThat(part.refCnt()).isZero();
    assertThat(last.refCnt()).isZero();
    assertThat(channel.<Object>readInbound()).isNull();
    HttpContent next = new DefaultLastHttpContent(Unpooled.copyInt(3));
    channel.writeInbound(request(HttpMethod.POST, "/shop"), next);
    assertThat(channel.inboundMessages()).hasSize(2);
    next.release();
  }

  @Test
  void answersHeadWithoutABody() {
    channel.writeInbound(request(HttpMethod.HEAD, "/ready"), LastHttpContent.EMPTY_LAST_CONTENT);
    FullHttpResponse response = channel.readOutbound();
    assertThat(response.headers().getInt("Content-Length")).isEqualTo("/ready null me".length());
    assertThat(response.content().readableBytes()).isZero();
  }

  /** One answer is prepared for all; whoever changes his must not change the next one's. */
  @Test
  void whatAnotherHandlerAddsToOneAnswerIsNotInTheNext() {
    EndpointResponse same = EndpointResponse.of(200, "text/plain", "ok");
    EmbeddedChannel shared = new EmbeddedChannel(EndpointHandler.of(request -> same, "/ready"));
    for (int n = 0; n < 2; n++) {
      shared.writeInbound(request(HttpMethod.GET, "/ready"), LastHttpContent.EMPTY_LAST_CONTENT);
      FullHttpResponse response = shared.readOutbound();
      assertThat(response.headers().get("Connection")).isNull();
      assertThat(response.headers().get("Content-Length")).isEqualTo("2");
      response.headers().set("Connection", "close").remove("Content-Length");
      response.trailingHeaders().set("Later", "x");
      assertThat(response.content().toString(StandardCharsets.UTF_8)).isEqualTo("ok");
      response.content().skipBytes(2).release();
    }
  }

  @Test
  void takesAnEndpointThatThrowsAsAFailedProbe() {
    Endpoint broken =
        request -> {
          throw new IllegalStateException("broken on purpose");
        };
    var channel = new EmbeddedChannel(EndpointHandler.of(broken, "/ready"));
    channel.writeInbound(request(HttpMethod.GET, "/ready"), LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(channel.<FullHttpResponse>readOutbound().status().code()).isEqualTo(503);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ready", "", "/", "/ready/"})
  void refusesAPrefixThatCannotMatch(String prefix) {
    assertThatThrownBy(() -> EndpointHandler.of(ECHO, prefix))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("prefixes: \"" + prefix + "\" (expected:");
    assertThatThrownBy(() -> EndpointHandler.of(ECHO)).isInstanceOf(IllegalArgumentException.class);
  }

  private FullHttpResponse get(String target) {
    channel.writeInbound(request(HttpMethod.GET, target), LastHttpContent.EMPTY_LAST_CONTENT);
    return channel.readOutbound();
  }

  private static HttpRequest request(HttpMethod method, String target) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target);
    request.headers().set("Accept", "me");
    return request;
  }
}
