package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * A check of this process itself: a deadlock, a stalled loop, a worker that died. It asks nobody
 * else, so what it finds is mended by a restart, and only such a check is accepted for {@linkplain
 * Probe#LIVENESS liveness}. A dependency that fails must not restart its clients: they would all go
 * at once, and come back to the same dependency. Whoever implements this gives that promise; the
 * checks of dependencies that come with zdd are not of this type, and do not compile there.
 */
@FunctionalInterface
public interface LocalCheck extends HealthCheck {
  /**
   * Down for the reason that {@code problem} gives, up if it gives none: for what other modules
   * watch, none of which knows this one, such as zdd-netty's {@code EventLoopHeartbeat}. What it
   * throws is a failure, and so is null.
   */
  static LocalCheck of(Supplier<Optional<String>> problem) {
    requireNonNull(problem, "problem");
    return () ->
        requireNonNull(problem.get(), "null (expected: a reason, or empty)")
            .map(HealthResult::down)
            .orElseGet(HealthResult::up);
  }
}
