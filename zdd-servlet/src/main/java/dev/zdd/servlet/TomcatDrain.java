package dev.zdd.servlet;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Drainable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardService;
import org.apache.catalina.startup.Tomcat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Drains an embedded Tomcat 11. Needs {@code org.apache.tomcat.embed:tomcat-embed-core}, which
 * nothing else in this module loads.
 *
 * <pre>{@code
 * Connector connector = new Connector(TomcatDrain.PROTOCOL);
 * connector.setPort(8080);
 * tomcat.setConnector(connector);
 * TomcatDrain drain = TomcatDrain.of(tomcat);
 * }</pre>
 *
 * <p>Its connectors must speak {@link TomcatProtocol}. Others are stopped with the server and not
 * drained; that is logged once. {@code bindOnInit} may be either. Tomcat is never paused: a paused
 * one drops the requests that come on open connections.
 *
 * <p>HTTP/1.x connections are drained as RFC 9112 section 9.6 has it. An HTTP/2 connection gets
 * GOAWAY(2^31-1) at the announcement, and the final one (RFC 9113 section 6.8) when its client
 * opens a stream all the same, at the earliest a round trip and {@code drainTimeout} (1 s, unless
 * the application set it) later, or when it has been without a stream for 1 s (the idle time, if
 * that is shorter), and ends. WebSockets are closed with 1001.
 *
 * <p>{@link #close} stops the server. An application that stops it too, before or after, does no
 * harm. An embedded Tomcat has no JVM hook of its own.
 */
public final class TomcatDrain implements Drainable {
  /** The name of the drainable protocol, for {@code new Connector(…)} and a framework's setting. */
  public static final String PROTOCOL = "dev.zdd.servlet.TomcatProtocol";

  private static final Logger log = LoggerFactory.getLogger(TomcatDrain.class);

  // Its threads have been interrupted; those that do not mind that end with the process.
  private static final long THREADS_MILLIS = 500;

  private final Tomcat tomcat;
  private final List<TomcatEndpoint> endpoints = new ArrayList<>();

  private TomcatDrain(Tomcat tomcat) {
    this.tomcat = tomcat;
    for (Connector connector : tomcat.getService().findConnectors()) {
      if (connector.getProtocolHandler() instanceof TomcatProtocol protocol) {
        endpoints.add(protocol.endpoint());
      } else {
        log.warn(
            "{} is not drained: protocol: {} (expected: {})",
            connector,
            connector.getProtocolHandlerClassName(),
            PROTOCOL);
      }
    }
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException(
          "tomcat: no connector speaks "
              + PROTOCOL
              + " (expected: add a connector with that protocol first)");
    }
  }

  /**
   * Drains {@code tomcat}, started or not.
   *
   * @throws IllegalArgumentException if it has no connector that speaks {@link TomcatProtocol}
   */
  // A module that calls this has Tomcat; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static TomcatDrain of(Tomcat tomcat) {
    return new TomcatDrain(requireNonNull(tomcat, "tomcat"));
  }

  @Override
  public void announce() {
    endpoints.forEach(TomcatEndpoint::announce);
  }

  @Override
  public void unbind() throws Exception {
    IOException failure = null;
    for (TomcatEndpoint endpoint : endpoints) {
      try {
        endpoint.closeListenerEmpty();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    endpoints.forEach(TomcatEndpoint::tellSessions);
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public int open() {
    return endpoints.stream().mapToInt(TomcatEndpoint::open).sum();
  }

  @Override
  public int closeIdle(Duration idle) {
    List<TomcatEndpoint.Quiet> longestFirst =
        endpoints.stream()
            .flatMap(endpoint -> endpoint.quiet().stream())
            .filter(quiet -> quiet.millis() >= idle.toMillis())
            .sorted(Comparator.comparingLong(TomcatEndpoint.Quiet::millis).reversed())
            .toList();
    int closed = 0;
    for (TomcatEndpoint.Quiet quiet : longestFirst) {
      if (quiet.close()) {
        closed++;
      }
    }
    // Not counted: their GOAWAY says which requests were not begun, and the client may repeat them.
    endpoints.forEach(endpoint -> endpoint.closeIdleSessions(idle));
    return closed;
  }

  @Override
  public void close() throws Exception {
    for (TomcatEndpoint endpoint : endpoints) {
      endpoint.cut();
      endpoint.setExecutorTerminationTimeoutMillis(
          Math.min(THREADS_MILLIS, endpoint.getExecutorTerminationTimeoutMillis()));
    }
    if (tomcat.getService() instanceof StandardService service) {
      service.setGracefulStopAwaitMillis(0); // that has been done
    }
    try {
      if (tomcat.getServer().getState().isAvailable()) {
        tomcat.stop();
      }
    } finally {
      for (TomcatEndpoint endpoint : endpoints) {
        endpoint.closeListener();
      }
    }
  }
}
