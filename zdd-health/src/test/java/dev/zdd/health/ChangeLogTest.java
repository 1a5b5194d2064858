package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.CapturedLog;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ChangeLogTest {
  /** What is logged of a check that was up for 20 s and is {@code to}. */
  private static String logged(
      Probe probe, Status to, @Nullable String reason, @Nullable Throwable cause) {
    Duration lasted = Duration.ofSeconds(20);
    HealthChange change =
        new HealthChange(probe, "db", Status.UP, to, reason, Instant.EPOCH, lasted);
    try (CapturedLog log = new CapturedLog()) {
      new ChangeLog(probe.titleOf("db"), probe).log(change, cause);
      String text = log.text();
      log.discard();
      return text.replaceAll("(?m)^\\[[^]]*\\] ", "");
    }
  }

  private static String down(Throwable cause) {
    return logged(Probe.READINESS, Status.DOWN, cause.getClass().getSimpleName(), cause);
  }

  @Test
  void warnsOfWhatIsNotUpAndTellsWhy() {
    assertThat(logged(Probe.READINESS, Status.DEGRADED, "slow", null))
        .isEqualTo(
            "WARN dev.zdd.health.ChangeLog - "
                + "health check db (readiness) is degraded (was up for 20 s): slow\n");
  }

  @Test
  void aStartupCheckThatIsNotUpYetIsNoWarning() {
    assertThat(logged(Probe.STARTUP, Status.DOWN, "cold", null))
        .isEqualTo(
            "INFO dev.zdd.health.ChangeLog - "
                + "health check db (startup) is down (was up for 20 s): cold\n");
  }

  @Test
  void aDependencyThatIsAwayIsOneLineWithItsCauses() {
    assertThat(down(new SQLException("no connection", new IOException("refused"))))
        .isEqualTo(
            "WARN dev.zdd.health.ChangeLog - "
                + "health check db (readiness) is down (was up for 20 s): "
                + "java.sql.SQLException: no connection, caused by java.io.IOException: refused\n");
  }

  @Test
  void tellsFiveCausesAndNoMore() {
    Exception cause = new IOException("6");
    for (int i = 5; i >= 1; i--) {
      cause = new IOException(Integer.toString(i), cause);
    }
    assertThat(down(cause))
        .endsWith(
            "(was up for 20 s): java.io.IOException: 1"
                + ", caused by java.io.IOException: 2, caused by java.io.IOException: 3"
                + ", caused by java.io.IOException: 4, caused by java.io.IOException: 5\n");
  }

  @Test
  void whatNobodyExpectedIsToldWithItsStack() {
    for (Throwable cause : new Throwable[] {new IllegalStateException("bug"), new Error("bug")}) {
      assertThat(down(cause))
          .contains(
              "(was up for 20 s): " + cause + "\n",
              "WARN dev.zdd.health.ChangeLog - health check db (readiness) threw\n" + cause + "\n",
              ".ChangeLogTest.whatNobodyExpectedIsToldWithItsStack(");
    }
  }
}
