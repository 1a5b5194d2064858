package dev.zdd.servlet;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpHeaderValue;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpStream;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

/**
 * Follows Jetty's HTTP/1.x requests at the place where both ends are visible: from the moment a
 * head has been read until the last byte of the response has been handed to the kernel. From {@link
 * #announce} on it adds {@code Connection: close} to each HTTP/1.x response at the moment it is
 * committed, whenever its request came; but not if Jetty has read the next request by then, which
 * is answered, too.
 */
final class JettyExchanges implements HttpConfiguration.Customizer, Connection.Listener {
  private final Map<Object, OnConnection> open = new ConcurrentHashMap<>();
  private volatile boolean leaving;

  void announce() {
    leaving = true;
  }

  @Override
  public Request customize(Request request, HttpFields.Mutable responseHeaders) {
    if (request.getConnectionMetaData().getHttpVersion().getVersion()
        > HttpVersion.HTTP_1_1.getVersion()) {
      return request; // an HTTP/2 session counts its streams itself
    }
    OnConnection exchanges = on(request.getConnectionMetaData());
    if (!exchanges.begin()) {
      // The connection was found idle and its output shut down a moment ago. The request can have
      // no answer any more, so it must not be carried out either (RFC 9112 section 9.6).
      throw new HttpException.RuntimeException(HttpStatus.SERVICE_UNAVAILABLE_503);
    }
    if (leaving) {
      request.setAttribute(InFlightFilter.SAYS_CLOSE, true); // the filter must not, see Exchange
    }
    Connection connection = request.getConnectionMetaData().getConnection();
    request.addHttpStreamWrapper(stream -> new Exchange(stream, exchanges, connection, request));
    return request;
  }

  /**
   * What is going on on a connection; made at its first request, or when the drain asks. In a map
   * and not in the connection's attributes, which take three times the memory.
   */
  OnConnection on(ConnectionMetaData connection) {
    OnConnection known = open.get(connection); // takes no lock, as computeIfAbsent may
    return known == null ? open.computeIfAbsent(connection, unknown -> new OnConnection()) : known;
  }

  @Override
  public void onOpened(Connection connection) {}

  @Override
  public void onClosed(Connection connection) {
    open.remove(connection);
  }

  /**
   * Counts the exchanges of one connection, and can be shut while there is none. One word for both,
   * so that "idle, so close" and "a request begins" exclude each other.
   */
  static final class OnConnection {
    private static final int SHUT = -1;

    private final AtomicInteger count = new AtomicInteger();

    // Bytes read when the last exchange ended: what has come since is the beginning of another.
    private volatile long bytesAtEnd;

    // When the drain first saw that our side had said its last word; only the drain reads and
    // writes it.
    private @Nullable Long finSeenAt;

    boolean begin() {
      return count.getAndUpdate(n -> n == SHUT ? SHUT : n + 1) != SHUT;
    }

    void end(long bytesIn) {
      bytesAtEnd = bytesIn;
      count.getAndDecrement();
    }

    /** Shuts it if nothing is going on and nothing has begun to arrive. */
    boolean shutIfIdle(Connection connection) {
      return connection.getBytesIn() == bytesAtEnd
          && !JettyReadAhead.has(connection)
          && count.compareAndSet(0, SHUT);
    }

    /** How long ago the drain first found our end of stream sent: now, at the first call. */
    long nanosSinceFin(long now) {
      Long seen = finSeenAt;
      if (seen == null) {
        finSeenAt = now;
        return 0;
      }
      return now - seen;
    }
  }

  private final class Exchange extends HttpStream.Wrapper {
    private final OnConnection exchanges;
    private final Connection connection;
    private final Request request;
    private volatile boolean contentRead;

    Exchange(HttpStream stream, OnConnection exchanges, Connection connection, Request request) {
      super(stream);
      this.exchanges = exchanges;
      this.connection = connection;
      this.request = request;
    }

    @Override
    public Content.@Nullable Chunk read() {
      Content.Chunk chunk = super.read();
      if (chunk != null && chunk.isLast()) {
        contentRead = true;
      }
      return chunk;
    }

    @Override
    public void prepareResponse(HttpFields.Mutable headers) {
      if (leaving && (isContentLeft() || !JettyReadAhead.has(connection))) {
        // A response that has a Connection header of its own is an upgrade, or closes already.
        if (!headers.contains(HttpHeader.CONNECTION)) {
          headers.put(HttpHeader.CONNECTION, "close");
        }
        if (mayBeChunked() && headers.contains(HttpHeader.CONNECTION, "close")) {
          chunkUnlessItHasALength(headers);
        }
      }
      super.prepareResponse(headers);
    }

    /** Then what Jetty has read ahead may be this request's own content. */
    private boolean isContentLeft() {
      return !contentRead
          && (request.getHeaders().contains(HttpHeader.CONTENT_LENGTH)
              || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING));
    }

    private boolean mayBeChunked() {
      return request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1
          && !HttpMethod.HEAD.is(request.getMethod())
          && !HttpMethod.CONNECT.is(request.getMethod());
    }

    /**
     * Jetty does not chunk a response that says close, unless it is told to: its end would be the
     * end of the stream, and a client could not tell that from a cut connection. What is complete
     * has been given its length by now.
     */
    private static void chunkUnlessItHasALength(HttpFields.Mutable headers) {
      if (!headers.contains(HttpHeader.CONTENT_LENGTH)
          && !headers.contains(HttpHeader.TRANSFER_ENCODING)) {
        headers.put(HttpHeader.TRANSFER_ENCODING, HttpHeaderValue.CHUNKED.asString());
      }
    }

    // Before the stream itself: it may go straight on to the next request on this thread.
    @Override
    public void succeeded() {
      exchanges.end(connection.getBytesIn());
      super.succeeded();
    }

    @Override
    public void failed(Throwable x) {
      exchanges.end(connection.getBytesIn());
      super.failed(x);
    }
  }
}
