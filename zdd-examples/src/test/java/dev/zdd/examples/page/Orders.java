package dev.zdd.examples.page;

import dev.zdd.core.InFlightSection;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.page.StatusPage;
import dev.zdd.health.Health;
import dev.zdd.health.Probe;
import dev.zdd.health.Status;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.servlet.JettyDrain;
import dev.zdd.shutdown.DrainSection;
import dev.zdd.shutdown.GracefulShutdown;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A small service on a real Jetty, with its probes and its page. */
final class Orders implements AutoCloseable {
  final Lifecycle lifecycle = new Lifecycle();
  final Health health;
  final GracefulShutdown shutdown;
  private final Server server = new Server();
  private final ServerConnector connector = new ServerConnector(server);

  Orders(UnaryOperator<Health.Builder> checks) throws Exception {
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setStopTimeout(0);
    ServletContextHandler context = new ServletContextHandler("/");
    server.setHandler(context);
    health = checks.apply(Health.builder(lifecycle)).start();
    shutdown =
        GracefulShutdown.builder(lifecycle)
            .server(JettyDrain.of(server))
            .announceTimeout(Duration.ofSeconds(100))
            .announceUnprobed(Duration.ofSeconds(100))
            .refusalsNeeded(1)
            .quiet(Duration.ofMillis(50))
            .deadline(Duration.ofSeconds(120))
            .build();
    StatusPage page =
        StatusPage.at(
            "/status",
            "orders",
            health.section(),
            InFlightSection.of(lifecycle).withDetails(),
            DrainSection.of(shutdown).withDetails());
    map(context, page, "/status");
    map(context, health.endpoint(), "/ready");
    server.start();
    lifecycle.ready();
  }

  private static void map(ServletContextHandler context, Endpoint endpoint, String path) {
    context.addServlet(EndpointServlet.of(endpoint), path + "/*");
  }

  String url(String path) {
    return "http://127.0.0.1:" + connector.getLocalPort() + path;
  }

  /** Waits until a check for readiness is that. */
  void await(String check, Status status) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(10))
        .until(() ->
            health.snapshot(Probe.READINESS).checks().stream()
                .anyMatch(one -> one.name().equals(check) && one.status() == status));
  }

  @Override
  public void close() throws Exception {
    health.close();
    server.stop();
  }
}
