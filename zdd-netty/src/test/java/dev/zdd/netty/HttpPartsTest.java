package dev.zdd.netty;

import static io.netty.handler.codec.http.HttpMethod.GET;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpVersion.HTTP_1_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HttpPartsTest {
  static Stream<Object> messages() {
    return Stream.of(
        new DefaultHttpRequest(HTTP_1_1, GET, "/"),
        new DefaultHttpRequest(HTTP_1_1, GET, "/") {},
        new DefaultFullHttpRequest(HTTP_1_1, GET, "/"),
        new DefaultHttpResponse(HTTP_1_1, OK),
        new DefaultHttpResponse(HTTP_1_1, OK) {},
        new DefaultFullHttpResponse(HTTP_1_1, OK),
        new DefaultFullHttpResponse(HTTP_1_1, OK) {},
        new DefaultHttpContent(Unpooled.EMPTY_BUFFER),
        new DefaultHttpContent(Unpooled.EMPTY_BUFFER) {},
        new DefaultLastHttpContent(),
        new DefaultLastHttpContent() {},
        LastHttpContent.EMPTY_LAST_CONTENT,
        Unpooled.EMPTY_BUFFER,
        "something else");
  }

  @ParameterizedTest
  @MethodSource("messages")
  void saysWhatTheInterfacesSay(Object message) {
    assertThat(HttpParts.isHttp(message)).isEqualTo(message instanceof HttpObject);
    assertThat(HttpParts.request(message))
        .isSameAs(message instanceof HttpRequest ? message : null);
    assertThat(HttpParts.response(message))
        .isSameAs(message instanceof HttpResponse ? message : null);
    assertThat(HttpParts.last(message))
        .isSameAs(message instanceof LastHttpContent ? message : null);
  }
}
