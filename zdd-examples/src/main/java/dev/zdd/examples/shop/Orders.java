package dev.zdd.examples.shop;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.examples.Refusal;
import dev.zdd.health.HealthResult;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The orders in PostgreSQL, read through a pool. Blocks: not for an event loop. */
final class Orders {
  private static final Logger log = LoggerFactory.getLogger(Orders.class);
  private static final String LATEST = "SELECT id, cents FROM orders ORDER BY id DESC LIMIT 10";

  private final HikariDataSource pool;
  private final AtomicBoolean complained = new AtomicBoolean();

  private Orders(HikariDataSource pool) {
    this.pool = pool;
  }

  static Orders at(String jdbcUrl) {
    if (!jdbcUrl.startsWith("jdbc:postgresql:")) {
      // Not repeated: a URL may hold a password.
      throw new Refusal("--jdbc: another kind of URL (expected: jdbc:postgresql://HOST:PORT/NAME)");
    }
    HikariConfig config = new HikariConfig();
    config.setPoolName("orders-db");
    config.setJdbcUrl(jdbcUrl);
    config.setMaximumPoolSize(8);
    config.setMinimumIdle(2);
    config.setConnectionTimeout(3_000);
    // A database that is away must not keep the shop from starting: it starts, says so on
    // /startup, and is ready when the database is there.
    config.setInitializationFailTimeout(-1);
    // Seconds, as the driver wants them. Without the second, a dead connection is waited on for
    // ever: no interrupt reaches a thread in a socket read before Java 21.
    config.addDataSourceProperty("connectTimeout", "2");
    config.addDataSourceProperty("socketTimeout", "5");
    return new Orders(new HikariDataSource(config));
  }

  HikariDataSource pool() {
    return pool;
  }

  /** A startup check: the table is there, so the schema that this version needs has been made. */
  HealthResult schema() throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement("SELECT 1 FROM orders LIMIT 1")) {
      statement.execute();
      return HealthResult.up();
    } catch (SQLException e) {
      if (complained.compareAndSet(false, true)) {
        log.warn(
            "the database is not there yet ({}); /startup says so until it is", e.getMessage());
      }
      throw e;
    }
  }

  /** Records that {@code shop} has begun the work of POST {@code id}. */
  void executed(long id, String shop) throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO executions (id, shop) VALUES (?, ?)")) {
      insert.setLong(1, id);
      insert.setString(2, shop);
      insert.executeUpdate();
    }
  }

  /** The ten latest orders, as JSON. */
  String latest() throws SQLException {
    try (Connection connection = pool.getConnection();
        PreparedStatement statement = connection.prepareStatement(LATEST);
        ResultSet row = statement.executeQuery()) {
      StringJoiner json = new StringJoiner(",", "{\"orders\":[", "]}");
      while (row.next()) {
        // Numbers only: what customers are called needs escaping, and this is no lesson in JSON.
        json.add("{\"id\":" + row.getInt("id") + ",\"cents\":" + row.getInt("cents") + "}");
      }
      return json.toString();
    }
  }
}
