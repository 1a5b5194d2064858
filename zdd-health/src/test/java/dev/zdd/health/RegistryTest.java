package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.testing.CapturedLog;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks that come and go while the process runs. */
@Timeout(30)
class RegistryTest extends HealthFixture {
  @Test
  void aCheckThatIsAddedIsRunAtOnceAndCounts() {
    start(builder);
    lifecycle.ready();
    CountDownLatch answer = new CountDownLatch(1);
    health.readiness(
        "db",
        () -> {
          answer.await();
          return HealthResult.up();
        },
        c -> c.every(ofSeconds(60)).timeout(ofSeconds(60)));
    assertThat(get("/ready")).startsWith("503");
    answer.countDown();
    await().until(() -> get("/ready").startsWith("200"));
    assertThat(get("/ready/db")).startsWith("200");
  }

  @Test
  void oneThatIsRemovedNoLongerCountsAndIsNotRunAgain() {
    AtomicInteger runs = new AtomicInteger();
    start(
        builder.readiness(
            "db",
            () -> {
              runs.incrementAndGet();
              return HealthResult.down("refused");
            },
            QUICK));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    assertThat(health.remove(Probe.READINESS, "db")).isTrue();
    assertThat(get("/ready")).startsWith("200");
    assertThat(get("/ready/db")).startsWith("404");
    int until = runs.get();
    await().during(ofMillis(900)).until(() -> runs.get() <= until + 1);
    assertThat(health.remove(Probe.READINESS, "db")).isFalse();
  }

  @Test
  void whatARemovedCheckStillFindsIsDiscardedAndToldToNobody() {
    List<HealthChange> told = new CopyOnWriteArrayList<>();
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    start(
        builder.readiness(
            "db",
            () -> {
              running.countDown();
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                interrupted.countDown();
              }
              return HealthResult.up();
            },
            c -> c.every(ofSeconds(60)).timeout(ofSeconds(60))));
    health.onChange(told::add);
    await().until(() -> running.getCount() == 0);
    health.remove(Probe.READINESS, "db");
    await().until(() -> interrupted.getCount() == 0);
    // Of another check, to know that the listeners have been told what they would have been.
    health.readiness("other", HealthResult::up);
    await().until(() -> !told.isEmpty());
    assertThat(told).extracting(HealthChange::check).containsExactly("other");
    assertThat(health.snapshot(Probe.READINESS).checks())
        .extracting(CheckSnapshot::name)
        .containsExactly("other");
  }

  @Test
  void aNameIsFreeAgainOnceItsCheckIsRemoved() {
    start(builder.readiness("db", () -> HealthResult.down("old"), QUICK));
    lifecycle.ready();
    assertThatThrownBy(() -> health.readiness("db", HealthResult::up))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("health check \"db\" is already registered for READINESS");
    health.remove(Probe.READINESS, "db");
    health.readiness("db", HealthResult::up);
    await().until(() -> get("/ready").startsWith("200"));
  }

  @Test
  void aCheckMayRemoveItself() {
    AtomicBoolean wasInterrupted = new AtomicBoolean();
    CountDownLatch done = new CountDownLatch(1);
    AtomicInteger others = new AtomicInteger();
    start(
        builder.readiness(
            "other",
            () -> {
              others.incrementAndGet();
              return HealthResult.up();
            },
            QUICK));
    lifecycle.ready();
    health.readiness(
        "once",
        () -> {
          health.remove(Probe.READINESS, "once");
          wasInterrupted.set(Thread.interrupted());
          done.countDown();
          return HealthResult.down("whatever");
        },
        QUICK);
    await().until(() -> done.getCount() == 0);
    int until = others.get();
    await().until(() -> others.get() > until + 1);
    assertThat(wasInterrupted).isFalse();
    assertThat(get("/ready")).startsWith("200");
  }

  @Test
  void aCheckMayAddAnotherAndAskForTheHealthItIsPartOf() {
    AtomicReference<String> seen = new AtomicReference<>("");
    AtomicBoolean added = new AtomicBoolean();
    start(builder.readiness("first", HealthResult::up));
    lifecycle.ready();
    health.readiness(
        "second",
        () -> {
          seen.set(get("/ready?verbose"));
          if (added.compareAndSet(false, true)) {
            health.readiness("third", HealthResult::up);
          }
          return HealthResult.up();
        });
    await().until(() -> get("/ready/third").startsWith("200"));
    assertThat(seen.get()).contains("\"name\":\"second\"");
  }

  @Test
  void whatHasStartedWaitsForNoFurtherStartupCheck() {
    start(builder);
    health.startup("caches", HealthResult::up);
    await().until(() -> check(Probe.STARTUP, "caches").status() == Status.UP);
    lifecycle.ready();
    assertThatThrownBy(() -> health.startup("more", HealthResult::up))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot add startup check \"more\" (state: READY, expected: STARTING)");
    assertThat(get("/startup")).startsWith("200");
  }

  @Test
  void refusesACheckOnceItIsClosed() {
    start(builder);
    health.close();
    assertThatThrownBy(() -> health.readiness("db", HealthResult::up))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("cannot add health check \"db\": closed");
    assertThat(health.remove(Probe.READINESS, "db")).isFalse();
  }

  @Test
  void runsTenThousandChecks() {
    int many = 10_000;
    for (int i = 0; i < many; i++) {
      builder.readiness("c" + i, HealthResult::up, c -> c.every(ofSeconds(60)));
    }
    AtomicInteger runs = new AtomicInteger();
    builder.liveness(
        "loop",
        () -> {
          runs.incrementAndGet();
          return HealthResult.up();
        },
        QUICK);
    // Ten thousand lines are for nobody to read.
    try (CapturedLog log = new CapturedLog()) {
      start(builder);
      lifecycle.ready();
      await().until(() -> status(Probe.READINESS) == Status.UP);
      assertThat(log.count(" is up (was unknown")).isGreaterThanOrEqualTo(many);
      log.discard();
    }
    assertThat(get("/ready?verbose").length()).isLessThan(10_240);
    int until = runs.get();
    await().until(() -> runs.get() > until + 1);
  }

  @Test
  void whatAddsACheckIsTheHealthItself() {
    start(builder);
    assertThat(health.readiness("db", HealthResult::up).liveness("loop", HealthResult::up))
        .isSameAs(health);
  }
}
