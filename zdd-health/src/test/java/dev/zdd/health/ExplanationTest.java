package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExplanationTest extends HealthFixture {
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
  private static final String SECONDS = "\\d+(\\.\\d+)? s\\b";

  @Test
  void saysWhatEachProbeSaysAndWhy() {
    AtomicBoolean refuses = new AtomicBoolean();
    start(
        builder
            .liveness("loop", HealthResult::up)
            .readiness(
                "orders-db",
                () -> {
                  if (refuses.get()) {
                    throw new SQLException("refused by orders.internal");
                  }
                  return HealthResult.up();
                },
                c -> QUICK.apply(c).shared())
            .readiness("mail", () -> HealthResult.down("no relay"), CheckOptions::optional));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.DEGRADED);
    await().until(() -> check(Probe.READINESS, "orders-db").status() == Status.UP);
    refuses.set(true);
    await().until(() -> check(Probe.READINESS, "orders-db").status() == Status.DOWN);
    await().until(() -> check(Probe.READINESS, "orders-db").nextRunAt() != null);

    assertThat(health.explain().replaceAll(TIME, "T").replaceAll(SECONDS, "S").split("\n"))
        .containsSubsequence(
            "/healthz: alive (up, lifecycle ready)",
            "  loop: up since T",
            "    required, every S, timeout S, down after 3 failures, up after 2 successes,"
                + " a failure shows after at most S",
            "/ready: ready (degraded, lifecycle ready)",
            "  orders-db: down since T: SQLException",
            "    required, shared, held S, every S, timeout S, down after 3 failures,"
                + " up after 2 successes, a failure shows after at most S",
            "    T unknown -> up",
            "    T up -> down: SQLException",
            "  mail: down since T: no relay",
            "/startup: started (up, lifecycle ready)");
    assertThat(health.explain())
        .containsPattern("failures in a row: \\d, last success " + TIME + ", last run took")
        .containsPattern("held for another " + SECONDS)
        .containsPattern("next run in 0(\\.\\d+)? s")
        .contains("no success yet")
        .doesNotContain("failures in a row: 0")
        .doesNotContain("orders.internal");
  }

  @Test
  void saysHowLongACheckHasBeenRunning() {
    AtomicBoolean release = new AtomicBoolean();
    start(
        builder.readiness(
            "db",
            () -> {
              await().until(release::get);
              return HealthResult.up();
            },
            c -> c.every(ofSeconds(60)).timeout(ofSeconds(50))));
    await().until(() -> health.explain().contains("running for"));
    assertThat(health.explain())
        .contains("/ready: not ready (down, lifecycle starting)")
        .containsPattern("  db: unknown since " + TIME + ": no result yet");
    release.set(true);
    await().until(() -> !health.explain().contains("running for"));
  }

  @Test
  void countsTheTimeACheckHasBeenRunningByTheTicker() throws Exception {
    FakeTicker ticker = new FakeTicker();
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    start(
        builder
            .ticker(ticker)
            .readiness(
                "db",
                () -> {
                  began.countDown();
                  release.await();
                  return HealthResult.up();
                },
                c -> c.every(ofSeconds(60)).timeout(ofSeconds(50))));
    began.await();
    ticker.advance(ofMillis(7250));
    assertThat(health.explain())
        .contains("    no success yet, last run took 0 s, running for 7.25 s\n");
    release.countDown();
  }
}
