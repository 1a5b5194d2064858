package dev.zdd.flags;

import java.util.concurrent.atomic.LongAdder;

/**
 * How it went for one band of ids in one step. Each ending is in one counter, so that the sums fit
 * one another whenever they are read: LongAdder promises nothing of two of them.
 */
final class ExposureTally {
  private final long slowNanos;
  private final LongAdder good = new LongAdder();
  private final LongAdder slowlyGood = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder slowlyFailed = new LongAdder();

  ExposureTally(long slowNanos) {
    this.slowNanos = slowNanos;
  }

  void succeeded(long nanos) {
    (nanos > slowNanos ? slowlyGood : good).increment();
  }

  void failed(long nanos) {
    (nanos > slowNanos ? slowlyFailed : failed).increment();
  }

  ExposureCounts.Band counts() {
    long slowSuccesses = slowlyGood.sum();
    long fastFailures = failed.sum();
    long slowFailures = slowlyFailed.sum();
    long errors = fastFailures + slowFailures;
    return new ExposureCounts.Band(
        good.sum() + slowSuccesses + errors, errors, slowSuccesses + slowFailures);
  }
}
