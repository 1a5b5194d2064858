package dev.zdd.examples.readme;

import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.core.Lifecycle;
import dev.zdd.health.Health;
import dev.zdd.health.HikariCheck;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.servlet.InFlightFilter;
import dev.zdd.servlet.JettyDrain;
import dev.zdd.shutdown.GracefulShutdown;
import jakarta.servlet.DispatcherType;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;

/** The README's quick start for a servlet container, compiled and run. */
final class QuickStartOnJetty {
  private QuickStartOnJetty() {}

  static GracefulShutdown start(
      Server server, ServletContextHandler context, HikariDataSource dataSource) throws Exception {
    // spotless:off
    // README: Jetty
    Lifecycle lifecycle = new Lifecycle();
    Health health = Health.builder(lifecycle).readiness("orders-db", HikariCheck.of(dataSource)).start();
    for (String probe : List.of("/healthz/*", "/ready/*", "/startup/*")) {
      context.addServlet(EndpointServlet.of(health.endpoint()), probe);
    }
    context.addFilter(InFlightFilter.of(lifecycle), "/*", EnumSet.of(DispatcherType.REQUEST));
    GracefulShutdown shutdown = GracefulShutdown.builder(lifecycle)   // SIGTERM drains from here on
        .server(JettyDrain.of(server)).close("orders-db", dataSource).install();
    server.start();
    lifecycle.ready();
    // README: end
    // spotless:on
    return shutdown;
  }
}
