package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/** The bounds of how long an attempt to reach a server may take. */
final class AttemptTimeout {
  private static final Duration MIN = Duration.ofMillis(10);
  private static final Duration MAX = Duration.ofMinutes(1);

  private AttemptTimeout() {}

  /** Of an attempt in all. */
  static Duration require(Duration timeout) {
    return require("timeout", timeout, MAX);
  }

  /** Of a part of an attempt, which has {@code all} in all. */
  static Duration requirePart(String setting, Duration part, Duration all) {
    return require(setting, part, all);
  }

  private static Duration require(String setting, Duration timeout, Duration longest) {
    requireNonNull(timeout, setting);
    if (timeout.compareTo(MIN) < 0 || timeout.compareTo(longest) > 0) {
      throw new IllegalArgumentException(
          setting + ": " + timeout + " (expected: " + MIN + " to " + longest + ")");
    }
    return timeout;
  }
}
