package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HealthMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicReference<HealthResult> answer = new AtomicReference<>(HealthResult.up());
  private final AtomicInteger runs = new AtomicInteger();

  @Test
  void metersFollowTheCheck() throws Exception {
    CountDownLatch bound = new CountDownLatch(1);
    try (Health health =
        Health.builder(new Lifecycle())
            .readiness(
                "db",
                () -> {
                  bound.await();
                  return answer.get();
                },
                c -> c.every(ofSeconds(1)).timeout(ofSeconds(1)).recheck(ofMillis(20)))
            .start()) {
      new HealthMetrics(health).bindTo(registry);
      assertThat(status()).isZero();
      bound.countDown();
      await().until(() -> status() == 1);
      answer.set(HealthResult.degraded("full"));
      await().until(() -> status() == 0.5);
      answer.set(HealthResult.down("refused"));
      await().until(() -> status() == 0);
      await().until(() -> timed("success") > 0 && timed("failure") >= 3);
      await().until(() -> transitionsTo("down") == 1 && transitionsTo("degraded") == 1);
    }
  }

  @Test
  void aScrapeRunsNoCheck() {
    FakeTicker ticker = new FakeTicker();
    try (Health health =
        Health.builder(new Lifecycle())
            .ticker(ticker)
            .liveness(
                "loop",
                () -> {
                  runs.incrementAndGet();
                  return HealthResult.up();
                })
            .start()) {
      new HealthMetrics(health).bindTo(registry);
      await().until(() -> health.snapshot(Probe.LIVENESS).checks().get(0).nextRunAt() != null);
      ticker.advance(java.time.Duration.ofSeconds(3));
      for (int i = 0; i < 1000; i++) {
        assertThat(registry.get("zdd.health.age").tags("check", "loop").gauge().value())
            .isEqualTo(3.0);
        assertThat(registry.get("zdd.health.status").tags("probe", "liveness").gauge().value())
            .isEqualTo(1.0);
      }
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void aCheckThatComesHasItsGaugesAndOneThatGoesTakesThemAlong() {
    try (Health health = Health.builder(new Lifecycle()).start()) {
      new HealthMetrics(health).bindTo(registry);
      health.signal("db").up();
      health.signal("cache").up();
      assertThat(status()).isEqualTo(1);
      Gauge status = registry.get("zdd.health.status").tags("check", "db").gauge();
      Gauge age = registry.get("zdd.health.age").tags("check", "db").gauge();

      health.remove(Probe.READINESS, "db");

      assertThat(registry.find("zdd.health.status").tags("check", "db").gauge()).isNull();
      assertThat(registry.find("zdd.health.age").tags("check", "db").gauge()).isNull();
      assertThat(registry.find("zdd.health.status").tags("check", "cache").gauge()).isNotNull();
      // What somebody still holds of them.
      assertThat(status.value()).isNaN();
      assertThat(age.value()).isNaN();
    }
  }

  private double status() {
    return registry
        .get("zdd.health.status")
        .tags("check", "db", "probe", "readiness")
        .gauge()
        .value();
  }

  private long timed(String outcome) {
    Timer timer = registry.find("zdd.health.check").tags("outcome", outcome).timer();
    return timer == null ? 0 : timer.count();
  }

  private double transitionsTo(String to) {
    Counter counter =
        registry.find("zdd.health.transitions").tags("check", "db", "to", to).counter();
    return counter == null ? 0 : counter.count();
  }
}
