package dev.zdd.shutdown;

import dev.zdd.core.Drainable;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Something to drain, by the name that logs and the report call it. What the shutdown asks over and
 * over is guarded here: a server that cannot count its connections must not end the wait for the
 * requests in flight.
 */
record Server(String name, Drainable drainable, AtomicBoolean complained) {
  private static final Logger log = LoggerFactory.getLogger(GracefulShutdown.class);

  Server(String name, Drainable drainable) {
    this(name, drainable, new AtomicBoolean());
  }

  int open() {
    try {
      return Math.max(0, drainable.open());
    } catch (RuntimeException | Error e) {
      return complain("its connections cannot be counted; not waiting for them", e);
    }
  }

  int closeIdle(Duration idle) {
    try {
      return Math.max(0, drainable.closeIdle(idle));
    } catch (RuntimeException | Error e) {
      return complain("its idle connections cannot be closed", e);
    }
  }

  private int complain(String what, Throwable cause) {
    if (complained.compareAndSet(false, true)) {
      log.error("{}: {}", name, what, cause);
    }
    return 0;
  }
}
