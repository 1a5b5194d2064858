package dev.zdd.health;

import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a dependency that all replicas share does to their readiness when it fails. */
class SharedCheckTest {
  private static final CheckOptions SHARED =
      CheckOptions.DEFAULTS.failuresToDown(1).successesToUp(1).shared(ofMinutes(5));

  private final FakeTicker ticker = new FakeTicker();

  @Test
  void degradesForItsHoldAndOnlyThenFails() {
    Entry check = new Entry(SHARED);
    check.finds(HealthResult.up());
    check.finds(HealthResult.down("refused"));
    assertThat(check.status()).isEqualTo(Status.DOWN);
    assertThat(check.verdict()).isEqualTo(Status.DEGRADED);
    check.isDownFor(ofMinutes(5).minusSeconds(2));
    assertThat(check.verdict()).isEqualTo(Status.DEGRADED);
    check.isDownFor(ofSeconds(2));
    assertThat(check.verdict()).isEqualTo(Status.DOWN);
  }

  /** Nothing is published at that moment: the reader himself has to see that the time is over. */
  @Test
  void failsAtTheEndOfItsHoldAlsoBetweenTwoRuns() {
    Entry check = new Entry(SHARED.shared(ofSeconds(3)));
    check.finds(HealthResult.up());
    check.finds(HealthResult.down("refused"));
    ticker.advance(ofSeconds(3).minusNanos(1));
    assertThat(check.verdict()).isEqualTo(Status.DEGRADED);
    ticker.advance(Duration.ofNanos(1));
    assertThat(check.verdict()).isEqualTo(Status.DOWN);
  }

  @Test
  void isHeldAnewAfterEachTimeItWasUp() {
    Entry check = new Entry(SHARED);
    for (int outage = 0; outage < 3; outage++) {
      check.finds(HealthResult.up());
      assertThat(check.verdict()).isEqualTo(Status.UP);
      check.finds(HealthResult.down("refused"));
      assertThat(check.verdict()).isEqualTo(Status.DEGRADED);
      check.isDownFor(ofMinutes(5));
      assertThat(check.verdict()).isEqualTo(Status.DOWN);
    }
  }

  @Test
  void isHeldFromItsFirstFailureOnAndNotFromItsLast() {
    Entry check = new Entry(SHARED);
    check.finds(HealthResult.up());
    for (int second = 0; second <= 300; second++) {
      check.finds(HealthResult.down("refused " + second));
      ticker.advance(ofSeconds(1));
    }
    assertThat(check.verdict()).isEqualTo(Status.DOWN);
  }

  /** It may be this replica's own configuration: a rolling deployment has to stop there. */
  @Test
  void isNotHeldIfItWasNeverUp() {
    Entry check = new Entry(SHARED);
    check.finds(HealthResult.down("password authentication failed"));
    assertThat(check.verdict()).isEqualTo(Status.DOWN);
  }

  @Test
  void isNotHeldWhenNobodyKnowsHowItIs() {
    Entry check = new Entry(SHARED);
    check.finds(HealthResult.up());
    ticker.advance(ofSeconds(17));
    check.verdict();
    ticker.advance(ofSeconds(6));
    assertThat(check.verdict()).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void aHoldForeverDoesNotEnd() {
    Entry check = new Entry(SHARED.shared(CheckOptions.FOREVER));
    check.finds(HealthResult.up());
    check.finds(HealthResult.down("refused"));
    check.isDownFor(Duration.ofDays(10_000));
    assertThat(check.verdict()).isEqualTo(Status.DEGRADED);
  }

  @Test
  void withoutThatAFailureShowsAtOnce() {
    Entry check = new Entry(CheckOptions.DEFAULTS.failuresToDown(1));
    check.finds(HealthResult.up());
    check.finds(HealthResult.down("refused"));
    assertThat(check.verdict()).isEqualTo(Status.DOWN);
  }

  /** One check on a board of its own, whose results come by hand. */
  private final class Entry implements CheckEntry {
    private final CheckState state;
    private final ProbeBoard board = new ProbeBoard(ticker, false);
    private CheckSnapshot snapshot;

    Entry(CheckOptions options) {
      state = new CheckState(Probe.READINESS, "db", options, ticker.read(), Instant.EPOCH);
      snapshot = state.snapshot(null);
      board.add(this);
    }

    void finds(HealthResult result) {
      state.settle(result, Duration.ZERO, ticker.read(), Instant.EPOCH);
      snapshot = state.snapshot(ticker.read());
      board.publish(this);
    }

    void isDownFor(Duration time) {
      ticker.advance(time);
      finds(HealthResult.down("refused"));
    }

    Status status() {
      return snapshot.status();
    }

    /** What its probe says; a plain answer and a verbose one must agree. */
    Status verdict() {
      Status plain = board.worst(Set.of());
      assertThat(board.worstOf(board.checks(Set.of()))).isEqualTo(plain);
      return plain;
    }

    @Override
    public CheckSnapshot snapshot() {
      return snapshot;
    }

    @Override
    public void close() {}
  }
}
