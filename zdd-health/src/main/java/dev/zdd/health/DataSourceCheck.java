package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * Checks a database through any {@link DataSource}: a connection is taken and validated by the
 * driver ({@link Connection#isValid}). Needs the module {@code java.sql}; no other class of
 * zdd-health does but {@link HikariCheck}.
 *
 * <p>If the source is a pool, this takes a connection from the application, and a full pool looks
 * like a dead database, for its interface does not tell them apart: use {@link HikariCheck} for
 * HikariCP. How long the source waits for a connection is its own setting; make it shorter than the
 * check's timeout, and set the driver's socket timeout: without virtual threads (before Java 21) no
 * interrupt frees a thread from a dead socket.
 */
public final class DataSourceCheck implements HealthCheck {
  private final DataSource dataSource;

  private DataSourceCheck(DataSource dataSource) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
  }

  /** A check of the database behind {@code dataSource}. */
  public static HealthCheck of(DataSource dataSource) {
    return new DataSourceCheck(dataSource);
  }

  @Override
  public HealthResult check() throws SQLException {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws SQLException {
    return validated(dataSource.getConnection(), timeout);
  }

  /** Whether the driver says that {@code borrowed} is valid; closes it. */
  static HealthResult validated(Connection borrowed, Duration timeout) throws SQLException {
    try (Connection connection = borrowed) {
      // In whole seconds, and 0 would mean for ever.
      int seconds = (int) Math.max(1, timeout.toSeconds());
      return HealthResult.upIf(connection.isValid(seconds), "the connection is not valid");
    }
  }
}
