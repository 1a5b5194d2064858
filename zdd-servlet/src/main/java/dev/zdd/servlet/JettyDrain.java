package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains a Jetty 12.1 server. Needs {@code org.eclipse.jetty:jetty-server}, which nothing else in
 * this module loads.
 *
 * <p>Give it the server when its connectors have been added, before or after its start. From then
 * on it follows each request until the last byte of its response has been written, and it takes
 * over the end of the server: Jetty's own JVM hook ({@code setStopAtShutdown}) is switched off, for
 * it would close the connections that are still being served. Connectors other than {@link
 * ServerConnector} are stopped with the server and not drained.
 *
 * <p>HTTP/1.x connections are drained as RFC 9112 section 9.6 has it. HTTP/2 connections are waited
 * for and closed with the server: a polite GOAWAY is not sent yet.
 */
public final class JettyDrain implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(JettyDrain.class);

  // How long a client may take to answer our end of stream with its own.
  private static final Duration FIN_WAIT = Duration.ofSeconds(1);

  private final Server server;
  private final List<ServerConnector> connectors = new ArrayList<>();
  private final JettyExchanges exchanges = new JettyExchanges();
  private final JettyAccepted accepted = new JettyAccepted();

  private JettyDrain(Server server) {
    this.server = server;
    for (Connector connector : server.getConnectors()) {
      if (connector instanceof ServerConnector one) {
        adopt(one);
      }
    }
    if (connectors.isEmpty()) {
      throw new IllegalArgumentException(
          "server: " + server + " has no ServerConnector (expected: add connectors first)");
    }
    if (server.getStopAtShutdown()) {
      log.info(
          "Jetty's own shutdown hook is switched off: zdd stops the server when it is drained");
      server.setStopAtShutdown(false);
    }
  }

  /**
   * Drains {@code server}.
   *
   * @throws IllegalArgumentException if the server has no {@link ServerConnector} yet
   */
  // A module that calls this has Jetty; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static JettyDrain of(Server server) {
    return new JettyDrain(requireNonNull(server, "server"));
  }

  private void adopt(ServerConnector connector) {
    connectors.add(connector);
    connector.getSelectorManager().addEventListener(accepted);
    connector.addEventListener(accepted);
    connector.getConnectionFactories().stream()
        .filter(HttpConfiguration.ConnectionFactory.class::isInstance)
        .map(factory -> ((HttpConfiguration.ConnectionFactory) factory).getHttpConfiguration())
        .distinct() // HTTP/1.1 and HTTP/2 often share one
        .filter(configuration -> !configuration.getCustomizers().contains(exchanges))
        .forEach(configuration -> configuration.addCustomizer(exchanges));
  }

  @Override
  public void announce() {
    exchanges.announce();
  }

  @Override
  public void unbind() throws Exception {
    for (ServerConnector connector : connectors) {
      new JettyListener(connector).closeEmpty();
    }
  }

  @Override
  public int open() {
    // In this order: a connection leaves the first only after it has entered the second.
    int onTheirWay = accepted.count();
    return onTheirWay
        + connectors.stream().mapToInt(one -> one.getConnectedEndPoints().size()).sum();
  }

  @Override
  public int closeIdle(Duration idle) {
    long now = System.nanoTime();
    int closed = 0;
    for (Quiet quiet : longestIdleFirst()) {
      Connection connection = innermost(quiet.endPoint());
      if (!(connection instanceof ConnectionMetaData http)) {
        continue; // an upgraded connection is not idle for being quiet
      }
      JettyExchanges.OnConnection onConnection = JettyExchanges.on(http);
      EndPoint endPoint = connection.getEndPoint();
      if (endPoint.isOutputShutdown()) {
        // We have said our last word, here or with a "Connection: close", and the client has not
        // answered with its own: nothing can be lost any more.
        if (onConnection.nanosSinceFin(now) >= FIN_WAIT.toNanos()) {
          quiet.endPoint().close();
        }
      } else if (quiet.millis() >= idle.toMillis() && onConnection.shutIfIdle(connection)) {
        // Our end of stream; the client answers with its own, on which Jetty closes. Not close():
        // with bytes unread that is a reset, which could overtake the last response.
        endPoint.shutdownOutput();
        closed++;
      }
    }
    return closed;
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
  private static Connection innermost(EndPoint endPoint) {
    Connection connection = endPoint.getConnection();
    return connection instanceof SslConnection tls
        ? tls.getSslEndPoint().getConnection()
        : connection;
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }
}
