package dev.zdd.netty;

import dev.zdd.core.InFlight;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;

/**
 * One request and its response: how far each has come, and whether the connection can outlive them.
 * A connection has one at a time and uses it over and over. Only its event loop touches it.
 */
final class Exchange {
  long ticket = InFlight.REFUSED;
  boolean requestEnded;

  /** The response's status and headers are out; only the final response's, not those of a 1xx. */
  boolean headWritten;

  /** The transport has taken, or failed to take, the response's last byte. */
  boolean flushed;

  /** The response says that the connection ends after it. */
  boolean closes;

  private boolean active;
  private boolean persistent;
  private boolean http10;
  private boolean awaitsContinue;
  private HttpMethod method = HttpMethod.GET;

  /** Whether a request is being read or answered. */
  boolean isActive() {
    return active;
  }

  /**
   * Whether the client may send a further request on the connection, by what it has said itself.
   */
  boolean isPersistent() {
    return persistent;
  }

  /** Starts over with {@code request}. */
  void begin(HttpRequest request) {
    active = true;
    ticket = InFlight.REFUSED;
    requestEnded = false;
    headWritten = false;
    flushed = false;
    closes = false;
    // After a head that could not be read nobody knows where the next one begins.
    persistent = isKeepAlive(request) && !request.decoderResult().isFailure();
    http10 = !request.protocolVersion().isKeepAliveDefault();
    method = request.method();
    awaitsContinue =
        request.headers().contains(HttpHeaderNames.EXPECT)
            && HttpUtil.is100ContinueExpected(request);
  }

  // Most messages have no such field, and to look for a value in it is dearer than to look for it.
  private static boolean isKeepAlive(HttpMessage message) {
    return message.headers().contains(HttpHeaderNames.CONNECTION)
        ? HttpUtil.isKeepAlive(message)
        : message.protocolVersion().isKeepAliveDefault();
  }

  void end() {
    active = false;
  }

  /** Nothing that follows on this connection can be understood: it ends with this exchange. */
  void lastOfConnection() {
    persistent = false;
  }

  /** A 100 (Continue) goes out. */
  void continued() {
    awaitsContinue = false;
  }

  /** Whether {@code response} leads out of HTTP: 101, or the 2xx to a CONNECT. */
  boolean leavesHttp(HttpResponse response) {
    return response.status().code() == HttpResponseStatus.SWITCHING_PROTOCOLS.code()
        || (response.status().codeClass() == HttpStatusClass.SUCCESS
            && HttpMethod.CONNECT.equals(method));
  }

  /**
   * Whether a further request can follow {@code response} on the connection, as far as the two
   * messages decide that (RFC 9112 sections 6.3 and 9.3).
   */
  boolean persistsAfter(HttpResponse response) {
    // A client that waits for a 100 and gets its answer instead may send its body or not: what
    // comes next could be either, and we cannot tell.
    boolean bodyInDoubt = awaitsContinue && !requestEnded;
    return persistent && isKeepAlive(response) && delimitsItself(response) && !bodyInDoubt;
  }

  /** Says on {@code response} what becomes of the connection, in the words of the client's HTTP. */
  void announce(HttpResponse response, boolean close) {
    closes = close;
    if (close) {
      // Said outright to a client of HTTP/1.0 too, whose default it is: proxies have been known to
      // answer in another version than they were asked in.
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (http10 || HttpVersion.HTTP_1_0.equals(response.protocolVersion())) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }

  private boolean delimitsItself(HttpResponse response) {
    int status = response.status().code();
    return HttpUtil.isContentLengthSet(response)
        || HttpUtil.isTransferEncodingChunked(response)
        || status == HttpResponseStatus.NO_CONTENT.code()
        || status == HttpResponseStatus.NOT_MODIFIED.code()
        || HttpMethod.HEAD.equals(method);
  }
}
