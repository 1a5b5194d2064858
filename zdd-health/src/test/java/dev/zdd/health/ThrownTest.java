package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.CapturedLog;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What checks may throw that breaks who reports it. */
@Timeout(60)
class ThrownTest extends HealthFixture {
  @Test
  void anExceptionWithoutAMessageIsAFailureLikeAny() {
    try (CapturedLog log = new CapturedLog()) {
      failsWith(new IllegalStateException((String) null));
      assertThat(check(Probe.READINESS, "db").reason()).isEqualTo("IllegalStateException");
      await().until(() -> log.count("health check db (readiness) is down") == 1);
      log.discard();
    }
  }

  /** Its rechecks come as soon as any other's: what cannot be logged does not slow detection. */
  @Test
  void anExceptionWhoseMessageCannotBeReadIsAFailureLikeAny() {
    try (CapturedLog log = new CapturedLog()) {
      failsWith(new Unreadable());
      assertThat(check(Probe.READINESS, "db").reason()).isEqualTo("Unreadable");
      await().until(() -> log.count("threw what cannot be printed") == 1);
      assertThat(log.text())
          .contains("health check db (readiness) is down")
          .contains(Unreadable.class.getName())
          .doesNotContain("stumbled");
      log.discard();
    }
  }

  @Test
  void anExceptionOfAClassWithoutANameIsNamedAllTheSame() {
    failsWith(
        new IllegalStateException("no name") {
          private static final long serialVersionUID = 1;
        });
    assertThat(check(Probe.READINESS, "db").reason()).startsWith(getClass().getName());
  }

  /** A real OutOfMemoryError. It is the check's own: the next one does not notice. */
  @Test
  void aCheckThatAllocatesUntilItFailsIsAFailureAndTheOthersGoOn() {
    start(
        builder
            .readiness(
                "hog",
                () -> {
                  List<long[]> all = new ArrayList<>();
                  while (true) {
                    all.add(new long[Integer.MAX_VALUE - 8]);
                  }
                },
                c -> c.every(ofSeconds(60)).timeout(ofSeconds(30))) // it begins with collections
            .readiness("db", HealthResult::up, QUICK));
    lifecycle.ready();
    await().until(() -> check(Probe.READINESS, "hog").status() == Status.DOWN);
    assertThat(check(Probe.READINESS, "hog").reason()).isEqualTo("OutOfMemoryError");
    await().until(() -> check(Probe.READINESS, "db").status() == Status.UP);
  }

  private void failsWith(RuntimeException thrown) {
    start(
        builder.readiness(
            "db",
            () -> {
              throw thrown;
            },
            QUICK));
    await().until(() -> check(Probe.READINESS, "db").consecutiveFailures() >= 3);
  }

  private static final class Unreadable extends RuntimeException {
    private static final long serialVersionUID = 1;

    @Override
    public @Nullable String getMessage() {
      throw new IllegalStateException("no message for you");
    }
  }
}
