package dev.zdd.health;

import static java.time.Duration.ZERO;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.Lifecycle;
import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuilderTest {
  private final Health.Builder builder = Health.builder(new Lifecycle());

  @Test
  void refusesTheSameNameTwiceInOneProbeOnly() {
    builder.readiness("orders-db", HealthResult::up);
    builder.startup("orders-db", HealthResult::up);
    assertThatThrownBy(() -> builder.readiness("orders-db", HealthResult::up))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("health check \"orders-db\" is already registered for READINESS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "Orders", "orders db", "a/b", "a\nb", "ä", "a?b"})
  void refusesANameThatCannotStandInAPath(String name) {
    assertThatThrownBy(() -> builder.readiness(name, HealthResult::up))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("health check name: \"" + name + "\" (expected: [a-z0-9._-]{1,64})");
  }

  @Test
  void takesANameOf64CharactersAndNoLonger() {
    builder.readiness("a".repeat(64), HealthResult::up);
    assertThatThrownBy(() -> builder.readiness("a".repeat(65), HealthResult::up))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  @SuppressWarnings("NullAway")
  void refusesANullCheckByName() {
    assertThatThrownBy(() -> builder.readiness("db", null))
        .hasMessage("health check \"db\": check is null (expected: a check)");
    assertThatThrownBy(() -> builder.readiness("db", HealthResult::up, null))
        .hasMessage("health check \"db\": options is null (expected: a function)");
    assertThatThrownBy(() -> builder.readiness("db", HealthResult::up, c -> null))
        .hasMessage("health check \"db\": options returned null (expected: the options)");
  }

  @Test
  void refusesABadSettingByNameValueAndExpectation() {
    refuses(c -> c.timeout(ZERO), "timeout: PT0S (expected: PT0.01S to PT24H)");
    refuses(c -> c.every(ofSeconds(-1)), "every: PT-1S (expected: PT0.01S to PT24H)");
    refuses(c -> c.every(ofDays(400)), "every: PT9600H (expected: PT0.01S to PT24H)");
    refuses(c -> c.recheck(ZERO), "recheck: PT0S (expected: PT0.01S to PT24H)");
    refuses(c -> c.failuresToDown(0), "failuresToDown: 0 (expected: 1 to 1000)");
    refuses(c -> c.successesToUp(-1), "successesToUp: -1 (expected: 1 to 1000)");
    refuses(c -> c.failuresToDown(1001), "failuresToDown: 1001 (expected: 1 to 1000)");
    refuses(c -> c.shared(ZERO), "hold: PT0S (expected: PT0.01S to PT24H)");
    refuses(c -> c.shared(ofDays(2)), "hold: PT48H (expected: PT0.01S to PT24H)");
    refuses(
        c -> c.every(ofMillis(10).minusNanos(1)),
        "every: PT0.009999999S (expected: PT0.01S to PT24H)");
    refuses(
        c -> c.every(ofDays(1).plusNanos(1)),
        "every: PT24H0.000000001S (expected: PT0.01S to PT24H)");
    refuses(c -> c.timeout(ofSeconds(6)), "timeout: PT6S (expected: <= every PT5S)");
  }

  @Test
  void takesASettingAtEitherEndOfWhatIsExpected() {
    builder
        .readiness("least", HealthResult::up, c -> all(c, ofMillis(10), 1))
        .readiness("most", HealthResult::up, c -> all(c, ofDays(1), 1000))
        .readiness("forever", HealthResult::up, c -> c.shared(CheckOptions.FOREVER));
  }

  private static CheckOptions all(CheckOptions options, Duration duration, int count) {
    return options
        .every(duration)
        .timeout(duration)
        .recheck(duration)
        .shared(duration)
        .failuresToDown(count)
        .successesToUp(count);
  }

  @Test
  void knowsTheLongestTimeUntilAFailureShows() {
    // 5 s + 20 %, three runs into their timeout of 1 s, 1 s between each two, room, rounded up.
    assertThat(CheckOptions.DEFAULTS.detection()).isEqualTo(ofSeconds(12));
    assertThat(CheckOptions.DEFAULTS.every(ofSeconds(10)).failuresToDown(1).detection())
        .isEqualTo(ofSeconds(14));
    // A recheck that is longer than the interval is never waited for.
    assertThat(
            CheckOptions.DEFAULTS
                .every(ofMillis(500))
                .timeout(ofMillis(500))
                .failuresToDown(2)
                .detection())
        .isEqualTo(ofSeconds(3));
  }

  @Test
  void announcesTheDetectionTimeOfEachCheck() {
    try (CapturedLog log = new CapturedLog();
        Health health = builder.readiness("orders-db", HealthResult::up).start()) {
      assertThat(health.snapshot(Probe.READINESS).checks()).hasSize(1);
      assertThat(log.text())
          .contains(
              "health check orders-db (readiness): every 5 s, timeout 1 s; "
                  + "a failure shows after at most 12 s");
    }
  }

  private void refuses(UnaryOperator<CheckOptions> options, String message) {
    assertThatThrownBy(() -> builder.readiness("db", HealthResult::up, options))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("health check \"db\": " + message);
  }
}
