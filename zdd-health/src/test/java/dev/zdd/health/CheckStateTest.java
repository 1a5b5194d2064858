package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class CheckStateTest {
  private static final HealthResult FAILED = HealthResult.down("refused");

  private final FakeTicker ticker = new FakeTicker();
  private CheckState state = stateOf(Probe.READINESS);

  @Test
  void theFirstResultDecides() {
    assertThat(status()).isEqualTo(Status.UNKNOWN);
    settle("S");
    assertThat(status()).isEqualTo(Status.UP);

    state = stateOf(Probe.READINESS);
    settle("F");
    assertThat(status()).isEqualTo(Status.DOWN);
  }

  @Test
  void livenessIsUpUntilItHasFailedOftenEnough() {
    state = stateOf(Probe.LIVENESS);
    assertThat(status()).isEqualTo(Status.UP);
    settle("FF");
    assertThat(status()).isEqualTo(Status.UP);
    settle("F");
    assertThat(status()).isEqualTo(Status.DOWN);
  }

  @Test
  void goesDownAfterThreeFailuresInARowAndUpAfterTwoSuccesses() {
    settle("SFF");
    assertThat(status()).isEqualTo(Status.UP);
    settle("F");
    assertThat(status()).isEqualTo(Status.DOWN);
    settle("S");
    assertThat(status()).isEqualTo(Status.DOWN);
    settle("FS");
    assertThat(status()).isEqualTo(Status.DOWN);
    settle("S");
    assertThat(status()).isEqualTo(Status.UP);
  }

  @Test
  void anySuccessResetsTheFailures() {
    settle("S");
    for (char result : "FSSFSSSF".toCharArray()) {
      settle(String.valueOf(result));
      assertThat(status()).isEqualTo(Status.UP);
    }
    assertThat(state.snapshot(null).consecutiveFailures()).isEqualTo(1);
  }

  @Test
  void degradedIsASuccessAndIsShownAtOnce() {
    settle("SFFD");
    assertThat(status()).isEqualTo(Status.DEGRADED);
    assertThat(state.snapshot(null).consecutiveFailures()).isZero();
    settle("S");
    assertThat(status()).isEqualTo(Status.UP);
  }

  @Test
  void looksSoonerWhileAChangeIsPending() {
    settle("S");
    assertThat(state.isPending()).isFalse();
    settle("F");
    assertThat(state.isPending()).isTrue();
    settle("FF");
    assertThat(state.isPending()).isFalse();
    settle("S");
    assertThat(state.isPending()).isTrue();
    settle("S");
    assertThat(state.isPending()).isFalse();
  }

  @Test
  void looksSoonAgainUntilAStartupCheckIsUpAndNeverAfter() {
    state = stateOf(Probe.STARTUP);
    settle("FFFF");
    assertThat(state.isPending()).isTrue();
    assertThat(state.isLatched()).isFalse();
    settle("SS");
    assertThat(state.isLatched()).isTrue();
  }

  @Test
  void reportsEachChangeOnceWithItsReasonAndHowLongItLasted() {
    settle("S");
    ticker.advance(Duration.ofSeconds(20));
    settle("FF");
    HealthChange change = state.settle(FAILED, Duration.ZERO, ticker.read(), Instant.EPOCH);
    assertThat(change)
        .isEqualTo(
            new HealthChange(
                Probe.READINESS,
                "db",
                Status.UP,
                Status.DOWN,
                "refused",
                Instant.EPOCH,
                Duration.ofSeconds(20)));
    assertThat(state.settle(FAILED, Duration.ZERO, ticker.read(), Instant.EPOCH)).isNull();
  }

  @Test
  void keepsTheLastFiveTransitions() {
    settle("S" + "FFFSS".repeat(4));
    assertThat(state.snapshot(null).transitions())
        .extracting(HealthChange::to)
        .containsExactly(Status.UP, Status.DOWN, Status.UP, Status.DOWN, Status.UP);
  }

  private CheckState stateOf(Probe probe) {
    return new CheckState(probe, "db", CheckOptions.DEFAULTS, ticker.read(), Instant.EPOCH);
  }

  private Status status() {
    return state.snapshot(null).status();
  }

  /** S, D or F: a success, a degraded result, a failure. */
  private void settle(String results) {
    for (char c : results.toCharArray()) {
      HealthResult result =
          c == 'S' ? HealthResult.up() : c == 'D' ? HealthResult.degraded("full") : FAILED;
      state.settle(result, Duration.ofMillis(3), ticker.read(), Instant.EPOCH);
    }
  }
}
