package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProbeBoardTest {
  // every 5 s, timeout 1 s: stale after 16 s
  private static final Duration LIMIT = Duration.ofSeconds(16);

  private final FakeTicker ticker = new FakeTicker();
  private final CheckState state =
      new CheckState(Probe.READINESS, "db", CheckOptions.DEFAULTS, ticker.read(), Instant.EPOCH);
  private final ProbeBoard board = new ProbeBoard(ticker, false);
  private final Entry entry = new Entry(state.snapshot(null));

  /** A check whose results come by hand. */
  private static final class Entry implements CheckEntry {
    private CheckSnapshot snapshot;

    Entry(CheckSnapshot first) {
      snapshot = first;
    }

    @Override
    public CheckSnapshot snapshot() {
      return snapshot;
    }

    @Override
    public void close() {}
  }

  @BeforeEach
  void add() {
    board.add(entry);
  }

  @Test
  void believesAResultUpToTheLimit() {
    succeed();
    ticker.advance(LIMIT);
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
    ticker.advance(Duration.ofHours(1));
    board.freeze();
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
  }

  @Test
  void disbelievesATooOldResultAnIntervalAfterItWasSeen() {
    succeed();
    ticker.advance(LIMIT.plusMillis(1));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
    ticker.advance(Duration.ofSeconds(5).plusMillis(1));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UNKNOWN);
    assertThat(board.checks(Set.of()).get(0).status()).isEqualTo(Status.UNKNOWN);
    assertThat(board.nanosToNextRun(Set.of())).isZero();

    succeed();
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
  }

  @Test
  void aPauseOfTheVmIsNotStaleness() {
    for (int pause = 0; pause < 3; pause++) {
      succeed();
      ticker.advance(Duration.ofHours(1));
      // The first probe after the pause comes before the first run: the check is about to run.
      assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
      ticker.advance(Duration.ofSeconds(1));
      succeed();
    }
  }

  private void succeed() {
    state.settle(HealthResult.up(), Duration.ZERO, ticker.read(), Instant.EPOCH);
    entry.snapshot = state.snapshot(null);
    board.publish(entry);
  }
}
