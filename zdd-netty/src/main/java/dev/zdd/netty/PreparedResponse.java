package dev.zdd.netty;

import dev.zdd.core.http.EndpointResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AsciiString;

/**
 * An endpoint's answer in Netty's terms, made once for all who are given it: what it says has been
 * checked and turned into the bytes that go out. Immutable.
 */
final class PreparedResponse {
  private final EndpointResponse answer;
  private final HttpResponseStatus status;
  private final HttpHeaders headers;

  private PreparedResponse(
      EndpointResponse answer, HttpResponseStatus status, HttpHeaders headers) {
    this.answer = answer;
    this.status = status;
    this.headers = headers;
  }

  static PreparedResponse of(EndpointResponse answer) {
    HttpHeaders checked = DefaultHttpHeadersFactory.headersFactory().newHeaders();
    for (EndpointResponse.Header header : answer.headers()) {
      checked.add(header.name(), header.value());
    }
    if (answer.status() != HttpResponseStatus.NOT_MODIFIED.code()) { // there it would be the 200's
      checked.set(HttpHeaderNames.CONTENT_LENGTH, Integer.toString(answer.body().length));
    }
    HttpHeaders bytes = unchecked();
    checked
        .iteratorCharSequence()
        .forEachRemaining(header ->
            bytes.add(AsciiString.of(header.getKey()), AsciiString.of(header.getValue())));
    return new PreparedResponse(answer, HttpResponseStatus.valueOf(answer.status()), bytes);
  }

  /** What this was made of. */
  EndpointResponse answer() {
    return answer;
  }

  /**
   * One to write; its headers are its own, since others in the pipeline may add to them.
   *
   * @param toHead whether it answers a HEAD, which is told the length of what a GET would get, and
   *     gets nothing
   */
  FullHttpResponse response(boolean toHead) {
    ByteBuf body = toHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(answer.body());
    return new DefaultFullHttpResponse(
        HttpVersion.HTTP_1_1, status, body, unchecked().add(headers), unchecked());
  }

  private static HttpHeaders unchecked() {
    return DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
  }
}
