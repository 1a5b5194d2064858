package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import com.zaxxer.hikari.pool.HikariPool;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * Checks a database through its HikariCP pool, and tells a full pool from a dead database. Needs
 * HikariCP; no other class of zdd-health does.
 *
 * <ul>
 *   <li>The pool is closed: down, at once.
 *   <li>It is suspended: degraded, and not asked. Whoever suspends a pool wants its callers to wait
 *       for the resumption and not to fail; so does a request that the balancer sends here.
 *   <li>Every connection is in use, or threads wait and none is idle: no connection is taken from
 *       the application. Instead one is opened beside the pool for the moment, which shows whether
 *       the pool is full because of the load or because the database no longer answers. If it
 *       answers: degraded while threads wait ("saturated"), else up. A database that refuses
 *       because <em>it</em> is full has answered.
 *   <li>Otherwise a connection is borrowed, waiting no longer than the timeout, and validated by
 *       the driver ({@link Connection#isValid}). A borrow alone proves nothing: HikariCP hands out
 *       unvalidated what was in use half a second ago.
 * </ul>
 *
 * <p>A pool that is built at first use is built by the check if nobody was faster. Neither URL nor
 * host nor user ever stands in a result. A driver's {@code socketTimeout} is worth setting all the
 * same: without virtual threads (before Java 21) no interrupt frees a thread from a dead socket.
 */
public final class HikariCheck implements HealthCheck {
  private final HikariDataSource dataSource;

  private HikariCheck(HikariDataSource dataSource) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
  }

  /** A check of the database behind {@code dataSource}. */
  // A module that calls this has HikariCP; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static HealthCheck of(HikariDataSource dataSource) {
    return new HikariCheck(dataSource);
  }

  @Override
  public HealthResult check() throws SQLException {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws SQLException {
    // Asked first: a closed pool would let the borrow below wait for its whole timeout.
    if (dataSource.isClosed()) {
      return HealthResult.down("the pool is closed");
    }
    HikariPoolMXBean counts = dataSource.getHikariPoolMXBean();
    // The bean is the pool itself; null until a pool that is built at first use has been used.
    if (!(counts instanceof HikariPool pool)) {
      return DataSourceCheck.validated(dataSource.getConnection(), timeout);
    }
    // A borrow from a suspended pool would wait for the resumption, whatever its timeout, and not
    // even be interrupted.
    if (pool.poolState == HikariPool.POOL_SUSPENDED) {
      return HealthResult.degraded("the pool is suspended");
    }
    int waiting = pool.getThreadsAwaitingConnection();
    int active = pool.getActiveConnections();
    if (pool.getIdleConnections() == 0
        && (waiting > 0 || active >= dataSource.getMaximumPoolSize())) {
      return full(pool, active, waiting, timeout);
    }
    // Not the whole of the timeout, so that the answer is ours: "timed out" and not "no answer".
    return DataSourceCheck.validated(
        pool.getConnection(Math.max(1, timeout.toMillis() * 9 / 10)), timeout);
  }

  private HealthResult full(HikariPool pool, int active, int waiting, Duration timeout)
      throws SQLException {
    HealthResult aside;
    try {
      aside = DataSourceCheck.validated(beside(pool), timeout);
    } catch (SQLException e) {
      if (!hasAnswered(e)) {
        throw e;
      }
      aside = HealthResult.up();
    }
    if (waiting == 0 || !aside.status().isOk()) {
      return aside;
    }
    return HealthResult.degraded(
        "saturated: " + active + " connections in use, " + waiting + " threads waiting");
  }

  private Connection beside(HikariPool pool) throws SQLException {
    String user = dataSource.getUsername();
    return user == null
        ? pool.getUnwrappedDataSource().getConnection()
        : pool.getUnwrappedDataSource().getConnection(user, dataSource.getPassword());
  }

  // SQLSTATE classes (ISO 9075): 28, it does not know this user; 53, it is out of connections (as
  // PostgreSQL uses it); 08004, the server rejected the connection (as MySQL uses it).
  private static boolean hasAnswered(SQLException e) {
    String state = e.getSQLState();
    return state != null
        && (state.startsWith("28") || state.startsWith("53") || state.equals("08004"));
  }
}
