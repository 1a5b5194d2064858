package dev.zdd.examples.demo;

import dev.zdd.examples.Refusal;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
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
      }
      return postgres.getJdbcUrl("postgres", "postgres");
    } catch (IOException | SQLException | IllegalStateException e) {
      throw new Refusal("cannot start the embedded PostgreSQL: " + e.getMessage(), e);
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
