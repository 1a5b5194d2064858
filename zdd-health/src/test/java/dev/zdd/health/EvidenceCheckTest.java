package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class EvidenceCheckTest extends HealthFixture {
  private static final IOException REFUSED = new IOException("connection refused");

  private final AtomicInteger asked = new AtomicInteger();
  private final AtomicBoolean up = new AtomicBoolean(true);
  private final EvidenceCheck evidence =
      EvidenceCheck.of(() -> {
        asked.incrementAndGet();
        return HealthResult.upIf(up.get(), "refused");
      });

  @Test
  void believesASuccessForOneRunAndAsksOtherwise() throws Exception {
    evidence.check();
    assertThat(asked).hasValue(1);
    evidence.succeeded();
    assertThat(evidence.check()).isEqualTo(HealthResult.up());
    assertThat(asked).hasValue(1);
    evidence.check();
    assertThat(asked).hasValue(2);
  }

  @Test
  void asksAfterAFailureWhateverElseSucceeded() throws Exception {
    evidence.check();
    evidence.succeeded();
    evidence.failed(REFUSED);
    evidence.succeeded();
    up.set(false);
    assertThat(evidence.check().status()).isEqualTo(Status.DOWN);
    assertThat(asked).hasValue(2);
  }

  /** Traffic that gets through does not make up for an answer that says no. */
  @Test
  void trafficKeepsItUpAndOnlyAnAnswerMakesItUp() throws Exception {
    evidence.succeeded();
    evidence.check();
    assertThat(asked).hasValue(1);
    up.set(false);
    evidence.check();
    for (int i = 0; i < 3; i++) {
      evidence.succeeded();
      assertThat(evidence.check().status()).isEqualTo(Status.DOWN);
    }
    up.set(true);
    evidence.succeeded();
    assertThat(evidence.check().status()).isEqualTo(Status.UP);
    assertThat(asked).hasValue(6);
  }

  @Test
  void asksAgainAfterOneThatThrew() {
    AtomicInteger runs = new AtomicInteger();
    EvidenceCheck broken =
        EvidenceCheck.of(() -> {
          if (runs.incrementAndGet() == 2) {
            throw REFUSED;
          }
          return HealthResult.up();
        });
    for (int i = 0; i < 3; i++) {
      broken.succeeded();
      try {
        broken.check();
      } catch (Exception e) {
        assertThat(e).isSameAs(REFUSED);
      }
    }
    // Asked at first, believed, believed.
    assertThat(runs).hasValue(1);
  }

  /** Its turn would come after a minute. */
  @Test
  void aFailureBringsTheNextRunForward() {
    start(
        builder.readiness(
            "db",
            evidence,
            c -> c.every(ofSeconds(60)).timeout(ofSeconds(1)).recheck(ofMillis(50))));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.UP);
    assertThat(asked).hasValue(1);
    up.set(false);
    evidence.failed(REFUSED);
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    assertThat(asked.get()).isEqualTo(4);

    // Down, it would be asked after a minute: the first call that succeeds is reason to ask.
    int until = asked.get();
    up.set(true);
    evidence.succeeded();
    await().until(() -> status(Probe.READINESS) == Status.UP);
    assertThat(asked.get()).isEqualTo(until + 2);
  }

  @Test
  void aThousandFailuresASecondAreNoMoreRunsThanOneEachRecheck() throws Exception {
    start(
        builder.readiness(
            "db",
            evidence,
            c -> c.every(ofSeconds(60)).timeout(ofSeconds(1)).recheck(ofMillis(200))));
    await().until(() -> asked.get() == 1);
    Duration storm = ofSeconds(1);
    long end = System.nanoTime() + storm.toNanos();
    while (System.nanoTime() < end) {
      evidence.failed(REFUSED);
      Thread.onSpinWait();
    }
    assertThat(asked.get()).isBetween(3, 1 + 5);
  }

  /** The run that is under way may have looked before the call failed. */
  @Test
  void aFailureDuringARunHasAnotherRunSoonAfterIt() {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    AtomicInteger runs = new AtomicInteger();
    EvidenceCheck slow =
        EvidenceCheck.of(() -> {
          if (runs.incrementAndGet() == 1) {
            running.countDown();
            release.await();
          }
          return HealthResult.up();
        });
    start(
        builder.readiness(
            "db", slow, c -> c.every(ofSeconds(60)).timeout(ofSeconds(20)).recheck(ofMillis(50))));
    await().until(() -> running.getCount() == 0);
    slow.failed(REFUSED);
    // Handed to the timer thread before the run's end is.
    release.countDown();
    await().until(() -> runs.get() == 2);
  }

  @Test
  void noLongerMovesARemovedCheck() {
    start(builder.readiness("db", evidence, c -> c.every(ofSeconds(60)).recheck(ofMillis(10))));
    await().until(() -> asked.get() == 1);
    health.remove(Probe.READINESS, "db");
    evidence.failed(REFUSED);
    await().during(ofMillis(200)).until(() -> asked.get() == 1);
  }
}
