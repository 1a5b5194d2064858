package dev.zdd.throughput;

import dev.zdd.core.Lifecycle;
import dev.zdd.servlet.InFlightFilter;
import dev.zdd.servlet.JettyDrain;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.EnumSet;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;

/** A servlet on Jetty; with zdd, its filter and its drain. */
final class OnJetty {
  private OnJetty() {}

  static int start(boolean http2, @Nullable Lifecycle zdd) throws Exception {
    Server server = new Server();
    HttpConfiguration http = new HttpConfiguration();
    ConnectionFactory protocol =
        http2 ? new HTTP2CServerConnectionFactory(http) : new HttpConnectionFactory(http);
    ServerConnector connector = new ServerConnector(server, protocol);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new Hello(), "/");
    server.setHandler(context);
    if (zdd != null) {
      context.addFilter(InFlightFilter.of(zdd), "/*", EnumSet.of(DispatcherType.REQUEST));
      JettyDrain.of(server);
    }
    server.start();
    return connector.getLocalPort();
  }

  private static final class Hello extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.setContentLength(Servers.ANSWER.length);
      response.getOutputStream().write(Servers.ANSWER);
    }
  }
}
