package dev.zdd.health;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the log of a check's changes: each once, with what caused it and how long it had lasted.
 */
record ChangeLog(String title, Probe probe) {
  private static final Logger log = LoggerFactory.getLogger(ChangeLog.class);
  private static final int DEEPEST_CAUSE = 5;

  void log(HealthChange change, @Nullable Throwable cause) {
    String lasted = CheckOptions.seconds(change.lasted());
    if (change.to() == Status.UP) {
      log.info("health check {} is up (was {} for {})", title, change.from().label(), lasted);
      return;
    }
    String to = change.to().label();
    String from = change.from().label();
    String why = cause == null ? String.valueOf(change.reason()) : chain(cause);
    // While a process starts, a check that is not up yet is no news to wake anybody for.
    if (probe == Probe.STARTUP) {
      log.info("health check {} is {} (was {} for {}): {}", title, to, from, lasted, why);
    } else {
      log.warn("health check {} is {} (was {} for {}): {}", title, to, from, lasted, why);
    }
    if (cause != null) {
      trace(cause);
    }
  }

  private void trace(Throwable cause) {
    try {
      // One clear line for a dependency that is away; the trace for what nobody expected.
      if (cause instanceof Error || cause instanceof RuntimeException) {
        log.warn("health check {} threw", title, cause);
      } else {
        log.debug("health check {} threw", title, cause);
      }
    } catch (RuntimeException | Error unprintable) {
      // The message is a stranger's code, too; the line above has told what matters.
      log.warn("health check {} threw what cannot be printed", title);
    }
  }

  private static String chain(Throwable cause) {
    StringBuilder text = new StringBuilder();
    int depth = 0;
    for (Throwable t = cause; t != null && depth < DEEPEST_CAUSE; t = t.getCause(), depth++) {
      text.append(depth == 0 ? "" : ", caused by ").append(line(t));
    }
    return text.toString();
  }

  private static String line(Throwable t) {
    try {
      return t.toString();
    } catch (RuntimeException | Error unprintable) {
      return t.getClass().getName();
    }
  }
}
