package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A check that believes real traffic. The application reports how its own calls of the dependency
 * went; while they succeed, the dependency is up and is not asked; when one fails, it is asked at
 * once (at most every {@link CheckOptions#recheck}), and that answer counts. A failed call alone
 * makes nothing down: it may be that call's own fault.
 *
 * <pre>{@code
 * EvidenceCheck orders = EvidenceCheck.of(HikariCheck.of(dataSource));
 * …readiness("orders-db", orders)…
 *
 * try {
 *   var order = repository.find(id);
 *   orders.succeeded();
 * } catch (SQLException e) {
 *   orders.failed(e);
 * }
 * }</pre>
 *
 * <p>{@link #succeeded} and {@link #failed} may be called from any thread, for every call: between
 * two runs all but the first cost one volatile read.
 */
public final class EvidenceCheck implements HealthCheck {
  private static final Logger log = LoggerFactory.getLogger(EvidenceCheck.class);

  private final HealthCheck asked;
  private final List<Runnable> schedules = new CopyOnWriteArrayList<>();

  // What has been reported since the last run began.
  private volatile boolean success;
  private volatile boolean failure;

  // What the dependency itself said last: traffic can keep it up, and only an answer makes it up.
  private volatile boolean up;

  private EvidenceCheck(HealthCheck asked) {
    this.asked = requireNonNull(asked, "check");
  }

  /** Asks by {@code check} when there is no fresh evidence, or it is bad. */
  public static EvidenceCheck of(HealthCheck check) {
    return new EvidenceCheck(check);
  }

  /** A real call has succeeded. While the dependency is down this, too, has it asked at once. */
  public void succeeded() {
    if (!success) {
      success = true;
      if (!up) {
        schedules.forEach(Runnable::run);
      }
    }
  }

  /**
   * A real call has failed, for a reason that may be the dependency's: a refused connection, a
   * timeout; not a query that was wrong. The first of an interval is logged at debug level.
   */
  public void failed(Throwable cause) {
    requireNonNull(cause, "cause");
    if (!failure) {
      failure = true;
      log.debug("a call has failed; the health check is run at once", cause);
      schedules.forEach(Runnable::run);
    }
  }

  @Override
  public HealthResult check() throws Exception {
    return check(Duration.ofSeconds(CheckOptions.DEFAULT_TIMEOUT_SECONDS));
  }

  @Override
  public HealthResult check(Duration timeout) throws Exception {
    // Taken before it is asked: what is reported while the answer is under way is the next run's.
    boolean believed = success && !failure && up;
    success = false;
    failure = false;
    if (believed) {
      return HealthResult.up();
    }
    up = false;
    HealthResult found = asked.check(timeout);
    up = found != null && found.status() == Status.UP;
    return found;
  }

  /** Has {@code schedule} called when a run should not wait for its turn. */
  void onNews(Runnable schedule) {
    schedules.add(schedule);
  }

  void noMore(Runnable schedule) {
    schedules.remove(schedule);
  }
}
