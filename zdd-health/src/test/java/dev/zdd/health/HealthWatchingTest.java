package dev.zdd.health;

import static dev.zdd.health.Waits.await;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who watches is told of what changes when it changes: the next look for nothing is a day off. */
@Timeout(30)
class HealthWatchingTest extends HealthFixture {
  private final List<Boolean> told = new CopyOnWriteArrayList<>();

  @BeforeEach
  void watch() {
    start(builder.watchTick(Duration.ofDays(1)));
    ProbeSight ready =
        new ProbeSight(health, Probe.READINESS, health.board(Probe.READINESS), Set.of());
    health.watchers().watch(ready, view -> told.add(view.ok()));
    isTold(false);
    lifecycle.ready();
    isTold(false, true);
  }

  @Test
  void ofTheLifecycle() {
    lifecycle.drain("SIGTERM");
    await().until(() -> told.size() > 2 && !told.get(told.size() - 1));
  }

  @Test
  void ofACheckThatComesAndOfOneThatGoes() {
    health.signal("cache");
    isTold(false, true, false);
    health.remove(Probe.READINESS, "cache");
    isTold(false, true, false, true);
  }

  @Test
  void ofAResult() {
    HealthSignal cache = health.signal("cache");
    isTold(false, true, false);
    cache.up();
    isTold(false, true, false, true);
    cache.down("cold");
    isTold(false, true, false, true, false);
  }

  private void isTold(Boolean... all) {
    await().until(() -> told.equals(List.of(all)));
  }
}
