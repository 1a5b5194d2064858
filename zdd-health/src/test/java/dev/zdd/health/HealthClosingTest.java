package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a health leaves behind once it is closed. */
@Timeout(30)
class HealthClosingTest extends HealthFixture {
  private static final List<String> NAMES =
      List.of("zdd-health", "zdd-health-listeners", "zdd-health-watchers", "zdd-health-polls");

  @Test
  void itsThreadsAreDaemonsAndEndWithIt() {
    start(builder.liveness("loop", HealthResult::up));
    Set<Thread> others = named();
    start(builder);
    health.signal("cache").up();
    ProbeSight alive =
        new ProbeSight(health, Probe.LIVENESS, health.board(Probe.LIVENESS), Set.of());
    assertThat(health.longPolls().begin(alive, true, 30, new PlainAnswers("alive", "dead"), null))
        .isNotNull();
    Set<Thread> its = new HashSet<>();
    await()
        .until(() -> {
          its.addAll(named());
          its.removeAll(others);
          return its.stream().map(Thread::getName).toList().containsAll(NAMES);
        });
    assertThat(its).allMatch(Thread::isDaemon);
    health.close();
    await().until(() -> its.stream().noneMatch(Thread::isAlive));
  }

  private static Set<Thread> named() {
    Set<Thread> named = new HashSet<>(Thread.getAllStackTraces().keySet());
    named.removeIf(thread -> !NAMES.contains(thread.getName()));
    return named;
  }

  @Test
  void livenessStaysAtWhatWasKnownLastHoweverLongThatIsAgo() {
    FakeTicker ticker = new FakeTicker();
    start(builder.ticker(ticker).liveness("loop", HealthResult::up));
    await().until(() -> check(Probe.LIVENESS, "loop").nextRunAt() != null);
    health.close();
    // Twice: the first look at an old result only notes that it is old.
    for (int i = 0; i < 2; i++) {
      ticker.advance(Duration.ofDays(1));
      assertThat(status(Probe.LIVENESS)).isEqualTo(Status.UP);
      assertThat(check(Probe.LIVENESS, "loop").status()).isEqualTo(Status.UP);
    }
  }
}
