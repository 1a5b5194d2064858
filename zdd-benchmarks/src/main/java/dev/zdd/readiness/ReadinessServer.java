package dev.zdd.readiness;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.health.Health;
import dev.zdd.health.HikariCheck;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * One server with {@code /ready}, which depends on PostgreSQL as in the quick start of the README,
 * and with {@code /static}, the same bytes written by the server's own means.
 */
public final class ReadinessServer {
  /** What zdd answers a plain {@code /ready} with; verified by {@code health/run}. */
  static final byte[] ANSWER = "{\"status\":\"ready\"}".getBytes(StandardCharsets.US_ASCII);

  static final List<EndpointResponse.Header> HEADERS =
      List.of(
          new EndpointResponse.Header("Content-Type", "application/json"),
          new EndpointResponse.Header("ETag", "\"ready\""),
          new EndpointResponse.Header("Cache-Control", "no-store"),
          new EndpointResponse.Header("X-Content-Type-Options", "nosniff"));

  private ReadinessServer() {}

  /**
   * Runs until it is killed.
   *
   * @param args "jetty" or "netty", the port, the JDBC URL
   */
  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(args[1]);
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(args[2]);
    Lifecycle lifecycle = new Lifecycle();
    Health health =
        Health.builder(lifecycle)
            .readiness("db", HikariCheck.of(new HikariDataSource(config)))
            .start();
    lifecycle.ready();
    switch (args[0]) {
      case "jetty" -> OnJetty.start(port, health.endpoint());
      case "netty" -> OnNetty.start(port, health.endpoint());
      default -> throw new IllegalArgumentException(args[0] + " (expected: jetty, netty)");
    }
    Thread.currentThread().join();
  }
}
