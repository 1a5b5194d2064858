package dev.zdd.shutdown;

import java.time.Duration;

/** What {@link GracefulShutdown.Builder} was given, checked across fields. */
record ShutdownSettings(
    Duration announce,
    Duration unbind,
    Duration settle,
    Duration idle,
    Duration step,
    Duration deadline,
    int exitCodeWhenCut) {

  ShutdownSettings {
    positive("deadline", deadline);
    if (announce.isNegative() || announce.compareTo(deadline) >= 0) {
      throw new IllegalArgumentException(
          "announce: " + announce + " (expected: >= 0 and < deadline " + deadline + ")");
    }
    within("unbind", unbind, deadline);
    within("settle", settle, deadline);
    within("step", step, deadline);
    positive("idle", idle);
    if (exitCodeWhenCut < 1 || exitCodeWhenCut > 255) {
      throw new IllegalArgumentException(
          "exitCodeWhenCut: " + exitCodeWhenCut + " (expected: 1 to 255)");
    }
  }

  /**
   * What SETTLE leaves for closing when its requests never finish: a tenth of the deadline, at most
   * 2 s.
   */
  Duration closeReserve() {
    return Budget.min(Duration.ofSeconds(2), deadline.dividedBy(10));
  }

  private static void positive(String name, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
    }
  }

  private static void within(String name, Duration value, Duration deadline) {
    positive(name, value);
    if (value.compareTo(deadline) > 0) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: <= deadline " + deadline + ")");
    }
  }
}
