package dev.zdd.servlet;

import dev.zdd.core.Drainable;
import dev.zdd.testing.RawClient;
import jakarta.servlet.DispatcherType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A real Jetty with its servlet container. */
final class JettyUnderTest implements ServerUnderTest {
  private final Server jetty = new Server();
  private final ServerConnector connector = new ServerConnector(jetty, 1, 1);
  private final JettyDrain drain;
  private final List<RawClient> parking = new ArrayList<>();
  private final int port;

  JettyUnderTest(ContractApplication application) throws Exception {
    connector.setHost("127.0.0.1");
    jetty.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    context.addServlet(new ServletHolder(EndpointServlet.of(application.readiness())), "/ready/*");
    context.addServlet(new ServletHolder(application), "/");
    context.addFilter(
        new FilterHolder(InFlightFilter.of(application.lifecycle)),
        "/*",
        EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
    jetty.setHandler(context);
    drain = JettyDrain.of(jetty);
    jetty.start();
    port = connector.getLocalPort();
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Drainable drain() {
    return drain;
  }

  /** An acceptor that is told to stop takes one more connection and parks. */
  @Override
  public void holdAccepting() throws IOException {
    connector.setAccepting(false);
    parking.add(new RawClient(port));
  }

  @Override
  public void stopByApplication() throws Exception {
    jetty.stop();
  }

  @Override
  public void close() throws Exception {
    for (RawClient client : parking) {
      client.close();
    }
    jetty.stop();
  }
}
