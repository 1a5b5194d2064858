package dev.zdd.servlet;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** Closes connections on which nothing goes on, by an end of stream that loses nothing read. */
final class JettyIdle {
  // How long a client may take to answer our end of stream with its own.
  private static final Duration FIN_WAIT = Duration.ofSeconds(1);

  private final List<ServerConnector> connectors;
  private final JettyExchanges exchanges;
  private final @Nullable JettyHttp2 http2;

  JettyIdle(
      List<ServerConnector> connectors, JettyExchanges exchanges, @Nullable JettyHttp2 http2) {
    this.connectors = connectors;
    this.exchanges = exchanges;
    this.http2 = http2;
  }

  /** How many were closed that a request may have been on its way to. */
  int close(Duration idle) {
    long now = System.nanoTime();
    int closed = 0;
    for (Quiet quiet : longestIdleFirst()) {
      Connection connection = innermost(quiet.endPoint());
      if (!(connection instanceof ConnectionMetaData http)) {
        continue; // an upgraded connection is not idle for being quiet
      }
      JettyExchanges.OnConnection onConnection = exchanges.on(http);
      EndPoint endPoint = connection.getEndPoint();
      if (endPoint.isOutputShutdown()) {
        // We have said our last word, here or with a "Connection: close", and the client has not
        // answered with its own: nothing can be lost any more.
        if (onConnection.nanosSinceFin(now) >= FIN_WAIT.toNanos()) {
          quiet.endPoint().close();
        }
      } else if (http2 != null && http2.speaks(connection)) {
        if (!isReading(quiet.endPoint()) && http2.isOver(connection, idle)) {
          endPoint.shutdownOutput(); // the client was told which streams are not begun: no risk
        }
      } else if (quiet.millis() >= idle.toMillis()
          && !isReading(quiet.endPoint())
          && onConnection.shutIfIdle(connection)) {
        // Our end of stream; the client answers with its own, on which Jetty closes. Not close():
        // with bytes unread that is a reset, which could overtake the last response.
        endPoint.shutdownOutput();
        closed++;
      }
    }
    return closed;
  }

  /**
   * Whether something has come that Jetty has not dealt with. When all its threads are busy, a
   * request waits in the socket, and to Jetty its connection is as quiet as before. To be asked
   * before what has been read is looked at.
   *
   * <p>In this order: what was not in the socket any more had been taken out by a thread for which
   * Jetty had ended the interest in more, and renews it only when it has counted and parsed it all.
   */
  private static boolean isReading(AbstractEndPoint endPoint) {
    return hasUnread(endPoint) || !endPoint.isFillInterested();
  }

  private static boolean hasUnread(AbstractEndPoint endPoint) {
    try {
      return endPoint.getTransport() instanceof SocketChannel channel
          && channel.socket().getInputStream().available() > 0;
    } catch (IOException e) {
      return false; // closed meanwhile
    }
  }

  /** How long nothing had happened on a connection when it was looked at: it changes meanwhile. */
  private record Quiet(AbstractEndPoint endPoint, long millis) {}

  private List<Quiet> longestIdleFirst() {
    return connectors.stream()
        .flatMap(one -> one.getConnectedEndPoints().stream())
        .flatMap(one -> one instanceof AbstractEndPoint known ? Stream.of(known) : Stream.empty())
        .map(one -> new Quiet(one, one.getIdleFor()))
        .sorted(Comparator.comparingLong(Quiet::millis).reversed())
        .toList();
  }

  /** Below TLS there is another end point, with the connection that speaks HTTP. */
  static @Nullable Connection innermost(EndPoint endPoint) {
    Connection connection = endPoint.getConnection();
    return connection instanceof SslConnection tls
        ? tls.getSslEndPoint().getConnection()
        : connection;
  }
}
