package dev.zdd.examples.faults;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.core.Lifecycle;
import dev.zdd.health.CheckOptions;
import dev.zdd.health.Checks;
import dev.zdd.health.Health;
import dev.zdd.health.HikariCheck;
import dev.zdd.health.HttpCheck;
import dev.zdd.health.LettuceCheck;
import dev.zdd.servlet.EndpointServlet;
import io.lettuce.core.RedisClient;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A service on Jetty with five dependencies, all of which are going to fail; in a process of its
 * own, so that its clock can be moved. Says on which port it listens.
 */
final class Service {
  /** The default thresholds at a fifth of the default intervals, so that a fault takes seconds. */
  static final CheckOptions OPTIONS =
      new CheckOptions(
          Duration.ofSeconds(1),
          Duration.ofMillis(500),
          3,
          2,
          Duration.ofMillis(200),
          true,
          null,
          true);

  private static final int POOL = 3;
  private static final int WAITING = 3;

  private final HikariDataSource pool;
  private final List<Connection> held = new ArrayList<>();

  private Service(HikariDataSource pool) {
    this.pool = pool;
  }

  /** {@code JDBC-URL REDIS-URL HTTP-URI TCP-PORT NAME}. */
  public static void main(String[] args) throws Exception {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(args[0]);
    config.setMaximumPoolSize(POOL);
    HikariDataSource pool = new HikariDataSource(config);
    Lifecycle lifecycle = new Lifecycle();
    Health health =
        Health.builder(lifecycle)
            .readiness("orders-db", HikariCheck.of(pool), c -> OPTIONS)
            .readiness(
                "sessions", LettuceCheck.of(RedisClient.create(args[1]).connect()), c -> OPTIONS)
            .readiness(
                "prices",
                HttpCheck.of(HttpClient.newHttpClient(), URI.create(args[2])),
                c -> OPTIONS)
            .readiness("mail", Checks.tcp("127.0.0.1", Integer.parseInt(args[3])), c -> OPTIONS)
            .readiness("name", Checks.dns(args[4]), c -> OPTIONS)
            .liveness("deadlock", Checks.deadlock(), c -> OPTIONS)
            .start();
    Server jetty = new Server();
    ServerConnector connector = new ServerConnector(jetty);
    connector.setHost("127.0.0.1");
    jetty.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler();
    for (String probe : List.of("/healthz/*", "/ready/*", "/startup/*")) {
      context.addServlet(EndpointServlet.of(health.endpoint()), probe);
    }
    context.addServlet(new Control(new Service(pool)), "/control/*");
    jetty.setHandler(context);
    jetty.start();
    lifecycle.ready();
    System.out.println("listens on " + connector.getLocalPort());
  }

  private synchronized void exhaust() throws SQLException {
    for (int i = 0; i < POOL; i++) {
      held.add(pool.getConnection());
    }
    for (int i = 0; i < WAITING; i++) {
      Thread thread = new Thread(this::borrow, "waiting-" + i);
      thread.setDaemon(true);
      thread.start();
    }
  }

  private void borrow() {
    try (Connection connection = pool.getConnection()) {
      connection.isValid(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private synchronized void release() throws SQLException {
    for (Connection connection : held) {
      connection.close();
    }
    held.clear();
  }

  /** What the test tells it, and asks it. */
  private static final class Control extends HttpServlet {
    private static final long serialVersionUID = 1;
    private final transient Service service;

    Control(Service service) {
      this.service = service;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      try {
        switch (request.getPathInfo()) {
          case "/exhaust" -> service.exhaust();
          case "/release" -> service.release();
          default -> response.getWriter().print(Instant.now()); // "/clock"
        }
      } catch (SQLException e) {
        throw new IOException(e);
      }
    }
  }
}
