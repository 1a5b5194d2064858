package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeBoardTest {
  // every 5 s, timeout 1 s: stale after 16 s
  private static final Duration LIMIT = Duration.ofSeconds(16);

  private final FakeTicker ticker = new FakeTicker();
  private CheckState state = state();
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

  @Test
  void disbelievesItOnlyOnceMoreThanAnIntervalHasPassed() {
    succeed();
    ticker.advance(LIMIT.plusNanos(1));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
    ticker.advance(Duration.ofSeconds(5));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
    ticker.advance(Duration.ofNanos(1));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void aSecondPauseIsNotTakenForTheRestOfTheFirst() {
    succeed();
    ticker.advance(Duration.ofHours(1));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
    succeed();
    ticker.advance(Duration.ofHours(1));
    assertThat(board.worst(Set.of())).isEqualTo(Status.UP);
  }

  @Test
  void aCheckThatHasDiedIsDisbelievedAlthoughAnotherOneGoesOn() {
    Entry cache = new Entry(snapshot("cache", HealthResult.up(), null));
    board.add(cache);
    succeed();
    for (int run = 0; run < 7; run++) {
      ticker.advance(Duration.ofSeconds(4));
      cache.snapshot = snapshot("cache", HealthResult.up(), null);
      board.publish(cache);
      assertThat(board.worst(Set.of())).isEqualTo(run < 6 ? Status.UP : Status.UNKNOWN);
    }
    assertThat(board.worst(Set.of("db"))).isEqualTo(Status.UP);
  }

  /** As the readings of System.nanoTime() may be, which may also overflow. */
  @ParameterizedTest
  @ValueSource(longs = {-1_000_000_000_000L, Long.MAX_VALUE - 10_000_000_000L})
  void aTooOldResultIsSeenWhereReadingsAreNegativeOrOverflow(long reading) {
    ticker.advance(Duration.ofNanos(reading - ticker.read()));
    state = state();
    ProbeBoard other = new ProbeBoard(ticker, false);
    entry.snapshot = up();
    other.add(entry);
    ticker.advance(LIMIT);
    assertThat(other.worst(Set.of())).isEqualTo(Status.UP);
    ticker.advance(Duration.ofNanos(1));
    assertThat(other.worst(Set.of())).isEqualTo(Status.UP);
    ticker.advance(Duration.ofSeconds(5).plusNanos(1));
    assertThat(other.worst(Set.of())).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void isWorthAskingAgainWhenTheFirstOfThoseThatFailRunsNext() {
    HealthResult refused = HealthResult.down("refused");
    entry.snapshot = snapshot("db", refused, Duration.ofSeconds(4));
    board.publish(entry);
    board.add(new Entry(snapshot("bank", refused, Duration.ofSeconds(2))));
    board.add(new Entry(snapshot("cache", HealthResult.up(), Duration.ofSeconds(1))));
    assertThat(board.nanosToNextRun(Set.of())).isEqualTo(2_000_000_000L);
    assertThat(board.nanosToNextRun(Set.of("bank"))).isEqualTo(4_000_000_000L);
    assertThat(board.nanosToNextRun(Set.of("bank", "db"))).isZero();
    ticker.advance(Duration.ofSeconds(3));
    assertThat(board.nanosToNextRun(Set.of())).isZero();
    assertThat(board.nanosToNextRun(Set.of("bank"))).isEqualTo(1_000_000_000L);
  }

  private CheckSnapshot snapshot(String name, HealthResult result, @Nullable Duration next) {
    CheckState of =
        new CheckState(Probe.READINESS, name, CheckOptions.DEFAULTS, ticker.read(), Instant.EPOCH);
    of.settle(result, Duration.ZERO, ticker.read(), Instant.EPOCH);
    return of.snapshot(next == null ? null : (Long) (ticker.read() + next.toNanos()));
  }

  private CheckState state() {
    return new CheckState(
        Probe.READINESS, "db", CheckOptions.DEFAULTS, ticker.read(), Instant.EPOCH);
  }

  private CheckSnapshot up() {
    state.settle(HealthResult.up(), Duration.ZERO, ticker.read(), Instant.EPOCH);
    return state.snapshot(null);
  }

  private void succeed() {
    entry.snapshot = up();
    board.publish(entry);
  }
}
