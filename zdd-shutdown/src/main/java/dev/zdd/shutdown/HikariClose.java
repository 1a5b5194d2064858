package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.HikariPoolMXBean;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes a HikariCP pool once its connections are back. {@link HikariDataSource#close()} alone
 * aborts those in use, and with them the transaction of a task that would have been done in a
 * moment. Needs HikariCP; no other class of zdd-shutdown does.
 *
 * <pre>{@code
 * builder.close("orders-db", HikariClose.of(dataSource));
 * }</pre>
 *
 * <p>It waits until no connection is in use and nobody waits for one. If that takes longer than its
 * bound, the pool is closed all the same, and {@link #close} throws, so that the report says how
 * many were aborted. Whatever borrows connections is closed before: register it after the pool.
 */
public final class HikariClose implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HikariClose.class);
  private static final Duration BOUND = Duration.ofSeconds(4);
  private static final Duration LOOK = Duration.ofMillis(10);

  private final HikariDataSource dataSource;
  private final Duration bound;

  private HikariClose(HikariDataSource dataSource, Duration bound) {
    this.dataSource = requireNonNull(dataSource, "dataSource");
    this.bound = requireNonNull(bound, "bound");
    if (bound.isNegative()) {
      throw new IllegalArgumentException("bound: " + bound + " (expected: >= 0)");
    }
  }

  /** Waits for up to 4 s; a step has 5 s. */
  // A module that calls this has HikariCP; one that does not must not be made to have it.
  @SuppressWarnings("exports")
  public static HikariClose of(HikariDataSource dataSource) {
    return of(dataSource, BOUND);
  }

  /**
   * Waits for up to {@code bound}, which should be less than the bound of a step (default 5 s).
   *
   * @param bound at least 0
   * @throws IllegalArgumentException if {@code bound} is negative
   */
  @SuppressWarnings("exports") // as above
  public static HikariClose of(HikariDataSource dataSource, Duration bound) {
    return new HikariClose(dataSource, bound);
  }

  /**
   * Does it. An interrupt of the calling thread, which is what the shutdown does at the step's
   * bound, ends the wait.
   *
   * @throws TimeoutException if connections were in use at the bound, or threads waited for one
   */
  @Override
  public void close() throws TimeoutException {
    HikariPoolMXBean pool = dataSource.getHikariPoolMXBean();
    // Null: built at first use, and never used.
    if (pool == null || dataSource.isClosed() || isBack(pool)) {
      dataSource.close();
      return;
    }
    String inUse =
        "after "
            + Seconds.of(bound)
            + " connections in use: "
            + pool.getActiveConnections()
            + ", threads waiting for one: "
            + pool.getThreadsAwaitingConnection();
    // Now, as the pool may take 10 s to abort them, and by then nobody hears an exception.
    log.warn("{}: {}; closing it all the same", dataSource.getPoolName(), inUse);
    dataSource.close();
    throw new TimeoutException(inUse + "; aborted");
  }

  private boolean isBack(HikariPoolMXBean pool) {
    long start = System.nanoTime();
    while (!isUnused(pool)) {
      long left = bound.toNanos() - (System.nanoTime() - start);
      if (left <= 0) {
        return false;
      }
      try {
        TimeUnit.NANOSECONDS.sleep(Math.min(left, LOOK.toNanos()));
      } catch (InterruptedException e) {
        return isUnused(pool); // the caller's time is up
      }
    }
    return true;
  }

  // Waiting first: who waits and then gets one is in one of the two counts.
  private static boolean isUnused(HikariPoolMXBean pool) {
    return pool.getThreadsAwaitingConnection() == 0 && pool.getActiveConnections() == 0;
  }
}
