package dev.zdd.shutdown;

import java.time.Duration;

/** What {@link GracefulShutdown.Builder} was given, checked across fields. */
record ShutdownSettings(
    AnnounceSettings announce,
    Duration unbind,
    boolean refuseAfterUnbind,
    Duration settle,
    Duration goodbyes,
    Duration idle,
    Duration step,
    Duration deadline,
    int exitCodeWhenClean,
    int exitCodeWhenCut) {

  ShutdownSettings {
    positive("deadline", deadline);
    announce.within(deadline);
    within("unbind", unbind, deadline);
    within("settle", settle, deadline);
    within("step", step, deadline);
    positive("idle", idle);
    if (goodbyes.isNegative()) {
      throw new IllegalArgumentException("goodbyes: " + goodbyes + " (expected: >= 0)");
    }
    if (exitCodeWhenClean < 0 || exitCodeWhenClean > 255) {
      throw new IllegalArgumentException(
          "exitCodeWhenClean: " + exitCodeWhenClean + " (expected: 0 to 255)");
    }
    if (exitCodeWhenCut < 1 || exitCodeWhenCut > 255) {
      throw new IllegalArgumentException(
          "exitCodeWhenCut: " + exitCodeWhenCut + " (expected: 1 to 255)");
    }
    if (exitCodeWhenCut == exitCodeWhenClean) {
      throw new IllegalArgumentException(
          "exitCodeWhenCut: "
              + exitCodeWhenCut
              + " (expected: not exitCodeWhenClean, from which nobody could tell it)");
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

  /** Checks the bounds of one step of its own. */
  void checkTimeout(Step step) {
    Duration timeout = step.timeout();
    if (timeout != null) {
      within("timeout of \"" + step.name() + "\"", timeout, deadline);
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
