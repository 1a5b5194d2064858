package dev.zdd.shutdown;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** A clock that the test moves. It begins near the end of its range, so that it wraps around. */
final class FakeTicker implements Ticker {
  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_500_000_000L);

  @Override
  public long read() {
    return now.get();
  }

  void advance(Duration time) {
    now.addAndGet(time.toNanos());
  }
}
