package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.util.function.UnaryOperator.identity;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HealthSignalTest extends HealthFixture {
  @Test
  void whatIsSetIsVisibleWhenTheMethodReturns() {
    HealthSignal warm = health.signal("warm");
    lifecycle.ready();
    assertThat(get("/ready")).startsWith("503");
    for (int i = 0; i < 1000; i++) {
      warm.up();
      assertThat(get("/ready")).startsWith("200");
      warm.down("cold");
      assertThat(get("/ready")).startsWith("503");
      assertThat(get("/ready/warm")).startsWith("503");
      warm.degraded("lukewarm");
      assertThat(get("/ready")).startsWith("200");
    }
  }

  @Test
  void isToldToListenersAndTheLogLikeAnyCheck() {
    List<HealthChange> told = new CopyOnWriteArrayList<>();
    health.onChange(told::add);
    try (CapturedLog log = new CapturedLog()) {
      HealthSignal warm = health.signal("warm");
      warm.up();
      warm.up();
      warm.down("cold");
      await().until(() -> told.size() == 2);
      assertThat(told).extracting(HealthChange::to).containsExactly(Status.UP, Status.DOWN);
      assertThat(told.get(1).reason()).isEqualTo("cold");
      assertThat(log.count("health check warm (readiness) is down (was up for")).isEqualTo(1);
      assertThat(log.count("health check warm (readiness) is up (was unknown for")).isEqualTo(1);
    }
  }

  @Test
  void neverGrowsTooOld() {
    FakeTicker ticker = new FakeTicker();
    start(builder.ticker(ticker));
    lifecycle.ready();
    health.signal("warm").up();
    for (int day = 0; day < 3; day++) {
      ticker.advance(Duration.ofDays(1));
      assertThat(get("/ready")).startsWith("200");
    }
  }

  @Test
  void mayBeOptionalOrShared() {
    lifecycle.ready();
    HealthSignal warm = health.signal(Probe.READINESS, "warm", CheckOptions::optional);
    assertThat(get("/ready")).startsWith("200");
    warm.down("cold");
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DEGRADED);
    warm.up();
    HealthSignal primary = health.signal(Probe.READINESS, "primary", CheckOptions::shared);
    primary.up();
    primary.down("fail-over");
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DEGRADED);
  }

  @Test
  void ofLivenessIsUpUntilItSaysOtherwise() {
    HealthSignal worker = health.signal(Probe.LIVENESS, "worker", identity());
    assertThat(get("/healthz")).startsWith("200");
    worker.down("the worker has died");
    assertThat(get("/healthz")).startsWith("503");
  }

  @Test
  void ofStartupStaysUpOnceItWas() {
    HealthSignal caches = health.signal(Probe.STARTUP, "caches", identity());
    lifecycle.ready();
    assertThat(get("/startup")).startsWith("503");
    caches.up();
    assertThat(get("/startup")).startsWith("200");
    caches.down("evicted");
    assertThat(get("/startup")).startsWith("200");
  }

  @Test
  void hasNoEffectOnceItIsRemoved() {
    List<HealthChange> told = new CopyOnWriteArrayList<>();
    lifecycle.ready();
    HealthSignal warm = health.signal("warm");
    assertThat(health.remove(Probe.READINESS, "warm")).isTrue();
    health.onChange(told::add);
    warm.down("cold");
    assertThat(get("/ready")).startsWith("200");
    HealthSignal again = health.signal("warm");
    again.up();
    warm.down("cold");
    assertThat(get("/ready")).startsWith("200");
    await().until(() -> !told.isEmpty());
    assertThat(told).extracting(HealthChange::to).containsExactly(Status.UP);
  }

  @Test
  void isNamedLikeAnyCheckAndOnce() {
    health.signal("warm");
    assertThatThrownBy(() -> health.signal("warm"))
        .hasMessage("health check \"warm\" is already registered for READINESS");
    assertThatThrownBy(() -> health.signal("Warm"))
        .hasMessage("health signal name: \"Warm\" (expected: [a-z0-9._-]{1,64})");
    assertThatThrownBy(() -> health.signal(Probe.READINESS, "x", c -> c.shared(Duration.ZERO)))
        .hasMessage("health signal \"x\": hold: PT0S (expected: PT0.01S to PT24H)");
  }

  /** Two threads, each the only one that sets its signal: nothing of either is lost. */
  @Test
  void signalsOfManyThreadsDoNotDisturbEachOther() throws Exception {
    lifecycle.ready();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    List<String> wrong = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 4; i++) {
      String name = "s" + i;
      HealthSignal signal = health.signal(Probe.READINESS, name, CheckOptions::optional);
      Thread thread =
          new Thread(() -> {
            for (int turn = 0; turn < 500; turn++) {
              signal.down("turn " + turn);
              if (status(Probe.READINESS) != Status.DEGRADED) {
                wrong.add(name + " is down, and the probe does not show it");
              }
              signal.up();
            }
          });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong).isEmpty();
    assertThat(status(Probe.READINESS)).isEqualTo(Status.UP);
  }
}
