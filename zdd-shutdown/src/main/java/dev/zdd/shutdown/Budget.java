package dev.zdd.shutdown;

import dev.zdd.core.Ticker;
import java.time.Duration;

/**
 * One span of time that everything shares: each part asks for its own bound and gets no more than
 * what is left. Measured on a monotonic clock, so that a step of the wall clock neither ends a
 * shutdown nor stretches it.
 */
final class Budget {
  private final Ticker ticker;
  private final long start;
  private final Duration total;

  Budget(Ticker ticker, Duration total) {
    this.ticker = ticker;
    this.start = ticker.read();
    this.total = total;
  }

  Duration elapsed() {
    return Duration.ofNanos(ticker.read() - start);
  }

  /** What is left, never negative. */
  Duration left() {
    Duration left = total.minus(elapsed());
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** The smaller of {@code wanted} and what is left. */
  Duration atMost(Duration wanted) {
    return min(wanted, left());
  }

  static Duration min(Duration a, Duration b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  static Duration max(Duration a, Duration b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
