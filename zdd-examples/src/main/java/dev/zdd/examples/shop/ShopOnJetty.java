package dev.zdd.examples.shop;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.servlet.InFlightFilter;
import dev.zdd.servlet.JettyDrain;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.Map;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The shop on Jetty 12.1: an asynchronous servlet, zdd's filter, servlet and drain. */
final class ShopOnJetty implements ShopServer {
  private final ServerConnector connector;
  private final JettyDrain drain;

  private ShopOnJetty(ServerConnector connector, JettyDrain drain) {
    this.connector = connector;
    this.drain = drain;
  }

  static ShopOnJetty start(
      String host,
      int port,
      Shop shop,
      Map<String, String> shopHeaders,
      Endpoint endpoint,
      Lifecycle lifecycle,
      boolean http2)
      throws Exception {
    HttpConfiguration http = new HttpConfiguration();
    http.setRequestHeaderSize(MOST_HEAD_BYTES);
    http.setSendServerVersion(false);
    Server server = new Server();
    ConnectionFactory http1 = new HttpConnectionFactory(http);
    // The first bytes of a connection tell which of the two it speaks.
    ServerConnector connector =
        http2
            ? new ServerConnector(server, http1, new HTTP2CServerConnectionFactory(http))
            : new ServerConnector(server, http1);
    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(IDLE_SECONDS * 1000L);
    server.addConnector(connector);

    ServletContextHandler context = new ServletContextHandler("/");
    for (String path : ShopEndpoints.PATHS) {
      context.addServlet(EndpointServlet.of(endpoint), path + "/*");
    }
    ServletHolder shopServlet = new ServletHolder(new ShopServlet(shop, shopHeaders));
    shopServlet.setAsyncSupported(true);
    context.addServlet(shopServlet, "/*");
    FilterHolder inFlight = new FilterHolder(InFlightFilter.of(lifecycle));
    inFlight.setAsyncSupported(true);
    context.addFilter(inFlight, "/*", EnumSet.of(DispatcherType.REQUEST));
    JakartaWebSocketServletContainerInitializer.configure(
        context, (servlets, sockets) -> sockets.addEndpoint(Echo.config()));
    context.setErrorHandler(new QuietErrors());
    server.setErrorHandler(new QuietErrors());
    server.setHandler(context);

    JettyDrain drain = JettyDrain.of(server);
    try {
      server.start();
    } catch (Exception e) {
      server.stop();
      throw e;
    }
    return new ShopOnJetty(connector, drain);
  }

  @Override
  public int port() {
    return connector.getLocalPort();
  }

  @Override
  public Drainable drain() {
    return drain;
  }
}
