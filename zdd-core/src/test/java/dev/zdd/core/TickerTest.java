package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TickerTest {
  @Test
  void theSystemsTickerFollowsTheMonotonicClock() {
    long before = System.nanoTime();
    long read = Ticker.system().read();

    assertThat(read - before).isNotNegative();
    assertThat(System.nanoTime() - read).isNotNegative();
  }
}
