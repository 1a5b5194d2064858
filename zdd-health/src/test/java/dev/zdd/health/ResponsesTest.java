package dev.zdd.health;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResponsesTest {
  private static final long NOW = 1_000_000_000_000L;

  /** A Retry-After of 0 would be a request at once, and one too small a request in vain. */
  @Test
  void aRetryAfterIsInWholeSecondsRoundedUpAndAtLeastOne() {
    assertThat(Responses.wholeSeconds(-5)).isEqualTo(1);
    assertThat(Responses.wholeSeconds(0)).isEqualTo(1);
    assertThat(Responses.wholeSeconds(1)).isEqualTo(1);
    assertThat(Responses.wholeSeconds(ofSeconds(1).toNanos())).isEqualTo(1);
    assertThat(Responses.wholeSeconds(ofSeconds(1).toNanos() + 1)).isEqualTo(2);
    assertThat(Responses.wholeSeconds(ofSeconds(7).toNanos())).isEqualTo(7);
  }

  @Test
  void ofACheckItIsTheTimeToItsNextRun() {
    assertThat(Responses.secondsTo(check(NOW + ofSeconds(3).toNanos()), NOW)).isEqualTo(3);
    assertThat(Responses.secondsTo(check(NOW - ofSeconds(3).toNanos()), NOW)).isEqualTo(1);
  }

  @Test
  void ofACheckThatRunsOrIsNotRunItIsASecond() {
    assertThat(Responses.secondsTo(check(null), NOW)).isEqualTo(1);
  }

  private static CheckSnapshot check(@Nullable Long nextRunAt) {
    CheckState state =
        new CheckState(Probe.READINESS, "db", CheckOptions.DEFAULTS, NOW, Instant.EPOCH);
    state.settle(HealthResult.down("refused"), Duration.ZERO, NOW, Instant.EPOCH);
    return state.snapshot(nextRunAt);
  }
}
