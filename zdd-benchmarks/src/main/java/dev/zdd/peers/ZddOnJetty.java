package dev.zdd.peers;

import dev.zdd.core.Lifecycle;
import dev.zdd.health.Health;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.servlet.InFlightFilter;
import dev.zdd.servlet.JettyDrain;
import dev.zdd.shutdown.GracefulShutdown;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * zdd on Jetty, as in the quick start of the README; nothing is set but {@code announceUnprobed}.
 */
public final class ZddOnJetty {
  private ZddOnJetty() {}

  /** Arguments: port, version, announceUnprobed. */
  public static void main(String[] args) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server);
    connector.setHost("127.0.0.1");
    connector.setPort(Integer.parseInt(args[0]));
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new WorkServlet(args[0], args[1]), "/");
    server.setHandler(context);

    Lifecycle lifecycle = new Lifecycle();
    Health health = Health.builder(lifecycle).start();
    context.addServlet(EndpointServlet.of(health.endpoint()), "/ready/*");
    context.addFilter(InFlightFilter.of(lifecycle), "/*", EnumSet.of(DispatcherType.REQUEST));
    GracefulShutdown.builder(lifecycle)
        .server(JettyDrain.of(server))
        .announceUnprobed(Work.millis(args[2]))
        .install();
    server.start();
    lifecycle.ready();
  }
}
