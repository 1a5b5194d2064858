package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import redis.embedded.RedisServer;

/**
 * The real PostgreSQL and the real Redis that the shop needs, from Maven Central. All instances
 * share them, as they would in production.
 *
 * @param jdbcUrl where PostgreSQL listens, with a table {@code orders}
 * @param redisUrl where Redis listens
 */
record Backends(String jdbcUrl, String redisUrl) {
  static Backends start(Cleanup cleanup, Ports ports) {
    return new Backends(postgres(cleanup, ports.next()), redis(cleanup, ports.next()));
  }

  private static String postgres(Cleanup cleanup, int port) {
    try {
      EmbeddedPostgres postgres =
          cleanup.later(
              "PostgreSQL",
              EmbeddedPostgres.builder().setPort(port).setRegisterShutdownHook(false).start());
      try (Connection connection = postgres.getPostgresDatabase().getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute(
            "CREATE TABLE orders (id int PRIMARY KEY, customer text NOT NULL, cents int NOT NULL)");
        statement.execute(
            "INSERT INTO orders"
                + " SELECT n, 'customer-' || n % 17, 100 * n FROM generate_series(1, 200) AS n");
        // No key and no unique constraint: a POST that runs twice is to show.
        statement.execute("CREATE TABLE executions (id bigint NOT NULL, shop text NOT NULL)");
      }
      return postgres.getJdbcUrl("postgres", "postgres");
    } catch (IOException | SQLException | IllegalStateException e) {
      throw new Refusal("cannot start the embedded PostgreSQL: " + e.getMessage(), e);
    }
  }

  /** Every POST that the shops have executed, how often and where. */
  List<ExactlyOnce.Execution> executions() {
    try (Connection connection = DriverManager.getConnection(jdbcUrl);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id, count(*), string_agg(shop, ' and ') FROM executions GROUP BY id")) {
      List<ExactlyOnce.Execution> executions = new ArrayList<>();
      while (rows.next()) {
        executions.add(
            new ExactlyOnce.Execution(rows.getLong(1), rows.getInt(2), rows.getString(3)));
      }
      return executions;
    } catch (SQLException e) {
      throw new Refusal("cannot read what the shops executed: " + e.getMessage(), e);
    }
  }

  private static String redis(Cleanup cleanup, int port) {
    try {
      RedisServer redis =
          RedisServer.newRedisServer().port(port).bind("127.0.0.1").setting("save \"\"").build();
      redis.start();
      cleanup.later("Redis", redis::stop);
      return "redis://127.0.0.1:" + port;
    } catch (IOException e) {
      throw new Refusal("cannot start the embedded Redis: " + e.getMessage(), e);
    }
  }
}
