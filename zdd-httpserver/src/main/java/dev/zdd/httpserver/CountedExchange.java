package dev.zdd.httpserver;

import com.sun.net.httpserver.HttpExchange;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * One exchange in flight. Over when its response stream has been closed: the server flushes before
 * that returns, and closes the stream itself when a response has no body.
 */
final class CountedExchange {
  private final InFlightHttpFilter filter;
  private final long ticket;
  private final HttpExchange exchange;
  private final ConnectionHeader connection;
  private volatile boolean over;

  CountedExchange(
      InFlightHttpFilter filter, long ticket, HttpExchange exchange, ConnectionHeader connection) {
    this.filter = filter;
    this.ticket = ticket;
    this.exchange = exchange;
    this.connection = connection;
  }

  /** Sees the response stream's end from here on. */
  void follow() {
    exchange.setStreams(null, new Response(exchange.getResponseBody()));
  }

  long ticket() {
    return ticket;
  }

  /** Whether the connection may have stayed open: nobody has told the client that it closes. */
  boolean leavesConnectionOpen() {
    return !connection.saidClose();
  }

  boolean isOver() {
    return over;
  }

  /**
   * Whether it was given up: an exchange that is closed before its head was sent closes its
   * connection and tells nobody. A closed socket has no local address any more.
   */
  boolean isGivenUp() {
    return exchange.getLocalAddress().getAddress().isAnyLocalAddress();
  }

  void end() {
    over = true; // before the filter forgets it, see InFlightHttpFilter.goesOn
    filter.ended(this);
  }

  private final class Response extends FilterOutputStream {
    Response(OutputStream out) {
      super(out);
    }

    // FilterOutputStream would write byte by byte.
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      out.write(bytes, offset, length);
    }

    @Override
    public void close() throws IOException {
      try {
        out.close(); // not super.close(): it flushes first, and a chunked stream sends then
      } finally {
        end();
      }
    }
  }
}
