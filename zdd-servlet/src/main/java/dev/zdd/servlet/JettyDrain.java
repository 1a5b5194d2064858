package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
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
 * <p>HTTP/1.x connections are drained as RFC 9112 section 9.6 has it. HTTP/2 connections, also
 * those that are opened during the announcement, get GOAWAY(2^31-1) and a PING, and when that has
 * come back and no stream has been opened for 250 ms, or after 1 s, GOAWAY(last stream) (RFC 9113
 * section 6.8); their streams run to the last byte. WebSocket connections are closed with 1001 (RFC
 * 6455 section 7.4.1) at {@link #unbind}. Tunnels and other upgraded connections are left to
 * themselves until {@link #close}.
 */
public final class JettyDrain implements Drainable {
  private static final Logger log = LoggerFactory.getLogger(JettyDrain.class);

  private final Server server;
  private final List<ServerConnector> connectors = new ArrayList<>();
  private final List<JettyListener> listeners = new ArrayList<>();
  private final JettyExchanges exchanges = new JettyExchanges();
  private final JettyAccepted accepted = new JettyAccepted();
  private final JettyIdle idleConnections;
  private final @Nullable JettyHttp2 http2;
  private final @Nullable JettyWebSockets webSockets;

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
    http2 =
        isPresent("org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory")
            ? new JettyHttp2(connectors)
            : null;
    webSockets =
        isPresent("org.eclipse.jetty.websocket.core.WebSocketConnection")
            ? new JettyWebSockets(connectors)
            : null;
    idleConnections = new JettyIdle(connectors, exchanges, http2);
    takeOverTheEnd();
  }

  private void takeOverTheEnd() {
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

  private static boolean isPresent(String type) {
    try {
      Class.forName(type, false, JettyDrain.class.getClassLoader());
      return true;
    } catch (ClassNotFoundException | LinkageError e) {
      return false;
    }
  }

  private void adopt(ServerConnector connector) {
    connectors.add(connector);
    JettyListener listener = new JettyListener(connector);
    listeners.add(listener);
    connector.getSelectorManager().addEventListener(accepted);
    connector.getSelectorManager().addEventListener(listener);
    connector.addEventListener(accepted);
    connector.addEventListener(exchanges);
    for (EndPoint older : connector.getConnectedEndPoints()) {
      Connection connection = JettyIdle.innermost(older);
      if (connection != null) {
        connection.addEventListener(exchanges);
      }
    }
    connector.getConnectionFactories().stream()
        .filter(HttpConfiguration.ConnectionFactory.class::isInstance)
        .map(factory -> ((HttpConfiguration.ConnectionFactory) factory).getHttpConfiguration())
        .distinct() // HTTP/1.1 and HTTP/2 often share one
        .filter(configuration -> !configuration.getCustomizers().contains(exchanges))
        .forEach(configuration -> configuration.addCustomizer(exchanges));
  }

  @Override
  public void announce() {
    takeOverTheEnd(); // the application may have switched it on since
    exchanges.announce();
    listeners.forEach(JettyListener::announce);
    if (http2 != null) {
      http2.announce();
    }
  }

  @Override
  public void unbind() throws Exception {
    IOException failed = null;
    for (JettyListener listener : listeners) {
      try {
        listener.closeEmpty();
      } catch (IOException e) { // the others have to be closed all the same
        if (failed == null) {
          failed = e;
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    if (http2 != null) {
      http2.unbind();
    }
    if (webSockets != null) {
      webSockets.leave();
    }
    if (failed != null) {
      throw failed;
    }
  }

  @Override
  public int open() {
    // In this order: a connection leaves the first only after it has entered the second.
    int onTheirWay = accepted.count();
    return onTheirWay
        + connectors.stream().mapToInt(one -> one.getConnectedEndPoints().size()).sum();
  }

  /**
   * {@inheritDoc}
   *
   * <p>An HTTP/2 connection that has had its last GOAWAY is closed when it has been without streams
   * for {@code idle}, and not counted: its client knows what was not begun.
   */
  @Override
  public int closeIdle(Duration idle) {
    return idleConnections.close(idle);
  }

  @Override
  public void close() throws Exception {
    server.stop();
  }
}
