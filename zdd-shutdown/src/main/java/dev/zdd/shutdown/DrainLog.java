package dev.zdd.shutdown;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a shutdown says as it goes, each line with the time since T0. From any thread. */
final class DrainLog {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);

  private final Budget budget;

  DrainLog(Budget budget) {
    this.budget = budget;
  }

  void say(String format, Object... arguments) {
    log.info("shutdown +{}: " + format, timed(arguments));
  }

  void warn(String format, Object... arguments) {
    log.warn("shutdown +{}: " + format, timed(arguments));
  }

  void error(String format, Object... arguments) {
    log.error("shutdown +{}: " + format, timed(arguments));
  }

  /** Runs somebody else's code within a bound; what goes wrong is logged and returned in words. */
  @Nullable String guarded(String name, AutoCloseable action, Duration bound) {
    Bounded.Outcome outcome = Bounded.run(name, action, bound);
    if (outcome instanceof Bounded.Outcome.Failed failed) {
      return failed(name, failed.cause());
    }
    if (outcome instanceof Bounded.Outcome.Hung hung) {
      error(
          "{} has not returned within {}; going on without it. It stands at{}",
          name,
          Seconds.of(hung.bound()),
          hung.stack());
      return "has not returned within " + Seconds.of(hung.bound());
    }
    return null;
  }

  private String failed(String name, Throwable cause) {
    try {
      error("{} failed; going on", name, cause);
      return cause.toString();
    } catch (RuntimeException | Error unprintable) {
      // getMessage() is the failing code's too: it must not end the shutdown.
      error("{} failed with {}; going on", name, cause.getClass().getName());
      return cause.getClass().getName();
    }
  }

  private Object[] timed(Object[] arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = Seconds.of(budget.elapsed());
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return all;
  }
}
