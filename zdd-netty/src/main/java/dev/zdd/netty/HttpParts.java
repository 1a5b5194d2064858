package dev.zdd.netty;

import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import org.jspecify.annotations.Nullable;

/**
 * Which part of an HTTP message an object in a pipeline is. Told by its class where that is one of
 * the codec's own, and by its interfaces only for others: before JDK 23 a look for an interface
 * that an object does not have goes through all it has, and the last one found is remembered in one
 * word of the class, which all threads write to (JDK-8180450). A dozen such looks for each request
 * cost more than everything else here.
 */
// There is one EMPTY_LAST_CONTENT.
@SuppressWarnings("ReferenceEquality")
final class HttpParts {
  private HttpParts() {}

  /** Whether {@code msg} is part of an HTTP message at all. */
  static boolean isHttp(Object msg) {
    return isRequestHead(msg.getClass()) || isBody(msg) || msg instanceof HttpObject;
  }

  /** {@code msg} if it is a request's head, or a whole request. */
  static @Nullable HttpRequest request(Object msg) {
    if (isRequestHead(msg.getClass())) {
      return (DefaultHttpRequest) msg;
    }
    return !isBody(msg) && msg instanceof HttpRequest request ? request : null;
  }

  /** {@code msg} if it is a response's head, or a whole response. */
  static @Nullable HttpResponse response(Object msg) {
    Class<?> type = msg.getClass();
    if (type == DefaultFullHttpResponse.class || type == DefaultHttpResponse.class) {
      return (DefaultHttpResponse) msg;
    }
    return !isBody(msg) && msg instanceof HttpResponse response ? response : null;
  }

  /** {@code msg} if it is a message's end, or a whole message. */
  static @Nullable LastHttpContent last(Object msg) {
    if (msg == LastHttpContent.EMPTY_LAST_CONTENT) {
      return LastHttpContent.EMPTY_LAST_CONTENT;
    }
    Class<?> type = msg.getClass();
    if (type == DefaultFullHttpResponse.class) {
      return (DefaultFullHttpResponse) msg;
    }
    if (type == DefaultLastHttpContent.class) {
      return (DefaultLastHttpContent) msg;
    }
    boolean other =
        isRequestHead(type)
            || type == DefaultHttpResponse.class
            || type == DefaultHttpContent.class;
    return !other && msg instanceof LastHttpContent last ? last : null;
  }

  private static boolean isRequestHead(Class<?> type) {
    return type == DefaultHttpRequest.class;
  }

  private static boolean isBody(Object msg) {
    return msg == LastHttpContent.EMPTY_LAST_CONTENT
        || msg.getClass() == DefaultHttpContent.class
        || msg.getClass() == DefaultLastHttpContent.class;
  }
}
