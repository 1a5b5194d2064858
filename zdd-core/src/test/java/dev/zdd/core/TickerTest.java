package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TickerTest {
  @Test
  void theSystemsTickerFollowsTheMonotonicClock() {
    long before = System.nanoTime();
    long read = Ticker.system().read();

    assertThat(read - before).isNotNegative();
    assertThat(System.nanoTime() - read).isNotNegative();
  }

  @Test
  void theCoarseTickerFollowsTheSameClockInSteps() {
    Ticker coarse = Ticker.coarse();
    long first = coarse.read();

    assertThat(System.nanoTime() - first).isNotNegative();
    await().until(() -> coarse.read() - first > Duration.ofMillis(200).toNanos());
    assertThat(System.nanoTime() - coarse.read()).isNotNegative();
  }

  @Test
  void allShareOneCoarseTicker() {
    Ticker coarse = Ticker.coarse();

    assertThat(Ticker.coarse()).isSameAs(coarse);
    assertThat(clocks()).hasSize(1);
  }

  @Test
  void anInterruptNeitherEndsTheClockNorMakesItSpin() {
    Ticker coarse = Ticker.coarse();
    Thread clock = clocks().get(0);
    clock.interrupt();
    await().until(() -> !clock.isInterrupted());
    long now = coarse.read();

    await().until(() -> coarse.read() - now > Duration.ofMillis(100).toNanos());
    await().until(() -> clock.getState() == Thread.State.TIMED_WAITING);
  }

  @Test
  void theClockEndsWithTheLastWhoHoldsIt() {
    new Lifecycle().ready();

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> {
          System.gc();
          return clocks().isEmpty();
        });
    Ticker anew = Ticker.coarse();
    assertThat(anew).isInstanceOf(CoarseTicker.class);
    assertThat(clocks())
        .singleElement()
        .satisfies(clock -> {
          assertThat(clock.isDaemon()).isTrue();
          // Its own, not the one of the application that happened to need a clock first.
          assertThat(clock.getContextClassLoader()).isNull();
        });
    long first = anew.read();
    await().until(() -> anew.read() - first > Duration.ofMillis(100).toNanos());
  }

  private static List<Thread> clocks() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("zdd-clock"))
        .toList();
  }
}
