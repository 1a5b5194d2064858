package dev.zdd.servlet;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/** Tomcat's HTTP/1.1 processor, which can be asked whether its client has sent more already. */
final class TomcatProcessor extends Http11Processor {
  private static final ThreadLocal<@Nullable TomcatProcessor> AT_WORK = new ThreadLocal<>();

  // Tomcat leaves the notes 17 to 31 of a request to others.
  private static final int NOTE = 31;

  TomcatProcessor(TomcatProtocol protocol, Adapter adapter) {
    super(protocol, adapter);
    request.setNote(NOTE, this);
  }

  /** The one that reads a request on this thread. */
  static @Nullable TomcatProcessor atWork() {
    return AT_WORK.get();
  }

  /** The one whose request this is; null if it came by HTTP/2. */
  static @Nullable TomcatProcessor of(Request request) {
    return request.getNote(NOTE) instanceof TomcatProcessor processor ? processor : null;
  }

  @Override
  public SocketState service(SocketWrapperBase<?> connection) throws IOException {
    AT_WORK.set(this);
    try {
      return super.service(connection);
    } finally {
      AT_WORK.remove();
    }
  }

  boolean isUpgradeRequest() {
    return request.getHeader("Upgrade") != null;
  }

  /**
   * Whether something of the next request has been read with this one. Behind a chunked body that
   * cannot be told: then no.
   */
  boolean hasReadMore() {
    ByteBuffer left = getLeftoverInput();
    if (left == null || request.getHeader("Transfer-Encoding") != null) {
      return false;
    }
    long body = Math.max(0, request.getContentLengthLong()) - request.getBytesRead();
    return left.remaining() > body;
  }

  void mark(String attribute) {
    request.setAttribute(attribute, true);
  }
}
