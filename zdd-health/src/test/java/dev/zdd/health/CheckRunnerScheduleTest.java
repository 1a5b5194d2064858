package dev.zdd.health;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.CapturedLog;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** When a check is run, in virtual time: every 5 s, with a timeout and a recheck of 1 s. */
@Timeout(30)
class CheckRunnerScheduleTest {
  private static final HealthResult REFUSED = HealthResult.down("refused");
  private static final CheckOptions SPARED = CheckOptions.DEFAULTS.uninterrupted();

  // The largest power of two in a 32nd of 5 s: 134 ms.
  private static final long BEAT = 1 << 27;

  private final FakeTicker ticker = new FakeTicker();
  private final VirtualTimer timer = new VirtualTimer(ticker);
  private final AtomicReference<@Nullable Error> broken = new AtomicReference<>();
  private final LinkedBlockingQueue<HealthResult> answers = new LinkedBlockingQueue<>();
  private final List<String> heard = new ArrayList<>();
  private CheckRunner runner = runner(Probe.READINESS, answers::take, SPARED);

  @Test
  void isRunAnIntervalAfterTheLastStartGiveOrTakeAFifthAndOnTheBeat() throws Exception {
    runner = runner(Probe.READINESS, HealthResult::up, CheckOptions.DEFAULTS);
    LongSummaryStatistics gaps = new LongSummaryStatistics();
    start();
    for (int i = 0; i < 2_000; i++) {
      long started = ticker.read();
      ticker.advance(ofMillis(700)); // From start to start: this is not added.
      timer.handedIn().run();
      long next = nextRunAt();
      long gap = next - started;
      assertThat(gap).isBetween(4_000_000_000L, 5_999_999_999L);
      assertThat(next % BEAT == 0 || gap == 4_000_000_000L).as("on the beat: %s", next).isTrue();
      gaps.accept(gap);
      elapse();
    }
    timer.handedIn().run();
    assertThat(gaps.getMin()).isLessThan(4_100_000_000L);
    assertThat(gaps.getMax()).isGreaterThan(5_900_000_000L);
    assertThat(gaps.getAverage()).isBetween(4.9e9, 5.1e9);
  }

  @Test
  void isRunARecheckAfterTheEndOfTheLastRunWhileAChangeIsPendingAndOnlyThen() throws Exception {
    start();
    ends(HealthResult.up());
    assertIsRunAfterAnInterval();
    for (int failure = 1; failure <= 2; failure++) {
      elapse();
      ticker.advance(ofMillis(30));
      ends(REFUSED);
      assertThat(nextRunAt() - ticker.read()).isEqualTo(1_000_000_000L);
    }
    elapse();
    ends(REFUSED);
    assertThat(runner.snapshot().status()).isEqualTo(Status.DOWN);
    assertIsRunAfterAnInterval();
    elapse();
    ends(HealthResult.up());
    assertThat(nextRunAt() - ticker.read()).isEqualTo(1_000_000_000L);
    elapse();
    ends(HealthResult.up());
    assertThat(runner.snapshot().status()).isEqualTo(Status.UP);
    assertIsRunAfterAnInterval();
  }

  @Test
  void tellsHowLongARunTook() throws Exception {
    start();
    ticker.advance(ofMillis(30));
    ends(HealthResult.up());
    elapse();
    ticker.advance(ofMillis(40));
    ends(REFUSED);
    assertThat(heard).containsExactly("SUCCESS PT0.03S", "FAILURE PT0.04S");
    assertThat(runner.snapshot().duration()).isEqualTo(ofMillis(40));
  }

  @Test
  void aHangFailsAtItsTimeoutAndEachTimeARunIsDueUntilItEnds() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      start();
      ends(HealthResult.up());
      elapse();
      long began = ticker.read();
      elapse();
      assertThat(runner.snapshot().reason()).isEqualTo("no answer within 1 s");
      elapse();
      assertThat(runner.snapshot().reason()).isEqualTo("still running after 2 s");
      elapse();
      assertThat(runner.snapshot().reason()).isEqualTo("still running after 3 s");
      assertThat(runner.snapshot().status()).isEqualTo(Status.DOWN);
      assertThat(runner.snapshot().runningSince()).isEqualTo(began);
      assertThat(heard)
          .containsExactly("SUCCESS PT0S", "TIMEOUT PT1S", "TIMEOUT PT2S", "TIMEOUT PT3S");

      long next = nextRunAt();
      ends(HealthResult.up());
      assertThat(heard).hasSize(4);
      assertThat(runner.snapshot().status()).isEqualTo(Status.DOWN);
      assertThat(runner.snapshot().runningSince()).isNull();
      assertThat(nextRunAt()).isEqualTo(next);
      log.discard();
    }
  }

  @Test
  void whereAHangIsIsLoggedOnceUntilTheCheckHasSucceeded() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      start();
      for (HealthResult next : List.of(REFUSED, HealthResult.up())) {
        elapse(); // The timeout.
        ends(HealthResult.up());
        assertThat(log.count("health check db (readiness) has not answered within 1 s"))
            .isEqualTo(1);
        elapse();
        ends(next);
        elapse();
      }
      elapse();
      assertThat(log.count("health check db (readiness) has not answered within 1 s")).isEqualTo(2);
      ends(HealthResult.up());
      log.discard();
    }
  }

  @Test
  void aStartupCheckThatWasUpIsNotRunAgain() throws Exception {
    runner = runner(Probe.STARTUP, answers::take, SPARED);
    start();
    ends(REFUSED);
    for (int success = 1; success <= 2; success++) {
      assertThat(nextRunAt() - ticker.read()).isEqualTo(1_000_000_000L);
      elapse();
      ends(HealthResult.up());
    }
    assertThat(runner.snapshot().status()).isEqualTo(Status.UP);
    assertIsNotRunAgain();
    assertThat(runner.snapshot().nextRunAt()).isNull();
  }

  @Test
  void aFailureThatIsReportedBringsTheNextRunForwardToARecheckAfterTheLast() throws Exception {
    EvidenceCheck evidence = EvidenceCheck.of(HealthResult::up);
    runner = runner(Probe.READINESS, evidence, CheckOptions.DEFAULTS);
    start();
    timer.handedIn().run();
    long began = ticker.read();
    ticker.advance(ofMillis(200));
    evidence.failed(new IOException("refused"));
    timer.handedIn().run();
    assertThat(nextRunAt() - began).isEqualTo(1_000_000_000L);

    elapse();
    timer.handedIn().run();
    ticker.advance(ofSeconds(3));
    evidence.failed(new IOException("refused"));
    timer.handedIn().run();
    assertThat(nextRunAt()).isEqualTo(ticker.read());
  }

  @Test
  void onceItIsClosedNoReportIsHandedIn() throws Exception {
    EvidenceCheck evidence = EvidenceCheck.of(HealthResult::up);
    runner = runner(Probe.READINESS, evidence, CheckOptions.DEFAULTS);
    start();
    timer.handedIn().run();
    runner.close();
    timer.handedIn().run();
    assertIsNotRunAgain();
    evidence.failed(new IOException("refused"));
    assertThat(timer.hasMail()).isFalse();
  }

  @Test
  void closingWhileItRunsCancelsItsTimeoutAndDiscardsItsResult() throws Exception {
    start();
    assertThat(timer.nextAt()).isEqualTo(ticker.read() + 1_000_000_000L);
    runner.close();
    timer.handedIn().run();
    assertIsNotRunAgain();
    ends(HealthResult.up());
    assertIsNotRunAgain();
    assertThat(heard).isEmpty();
    assertThat(runner.snapshot().status()).isEqualTo(Status.UNKNOWN);
  }

  @Test
  void oneThatIsClosedBeforeItsFirstRunIsNotRun() throws Exception {
    runner.start();
    runner.close();
    timer.handedIn().run();
    timer.handedIn().run();
    assertIsNotRunAgain();
    assertThat(runner.snapshot().runningSince()).isNull();
  }

  @Test
  void aRunThatCannotBeStartedIsAFailureAndTheNextOneComes() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      timer.failAfterNext(new OutOfMemoryError("unable to create native thread"));
      start();
      assertThat(runner.snapshot().status()).isEqualTo(Status.DOWN);
      assertThat(runner.snapshot().reason()).isEqualTo("OutOfMemoryError");
      assertThat(runner.snapshot().runningSince()).isNull();
      assertThat(log.text()).contains("unable to create native thread");
      log.discard();
    }
    long next = requireNonNull(runner.snapshot().nextRunAt());
    assertThat(next - ticker.read()).isBetween(4_000_000_000L, 5_999_999_999L);

    elapse(); // The timeout of the run that was not started: it has failed already.
    assertThat(heard).containsExactly("FAILURE PT0S");
    assertThat(runner.snapshot().consecutiveFailures()).isEqualTo(1);

    elapse();
    assertThat(ticker.read()).isEqualTo(next);
    assertThat(runner.snapshot().runningSince()).isEqualTo(next);
    ends(HealthResult.up());
    assertThat(heard).containsExactly("FAILURE PT0S", "SUCCESS PT0S");
  }

  @Test
  void aScheduleThatStumblesGoesOnAnIntervalLater() throws Exception {
    try (CapturedLog log = new CapturedLog()) {
      broken.set(new OutOfMemoryError("on purpose"));
      start();
      assertThat(log.count("the schedule of health check db (readiness) stumbled, and goes on"))
          .isEqualTo(1);
      assertThat(log.count("on purpose")).isEqualTo(1);
      log.discard();
    }
    assertThat(timer.nextAt()).isEqualTo(ticker.read() + 5_000_000_000L);
    elapse();
    ends(HealthResult.up());
    assertThat(runner.snapshot().status()).isEqualTo(Status.UP);
  }

  private void assertIsRunAfterAnInterval() {
    assertThat(nextRunAt() - ticker.read()).isBetween(3_900_000_000L, 5_999_999_999L);
  }

  private void assertIsNotRunAgain() {
    assertThat(timer.nextAt()).isNull();
    assertThat(timer.hasMail()).isFalse();
  }

  /** The next run as the snapshot says, which is what the timer does next. */
  private long nextRunAt() {
    Long next = runner.snapshot().nextRunAt();
    assertThat(next).isNotNull().isEqualTo(timer.nextAt());
    return next;
  }

  private void start() throws InterruptedException {
    runner.start();
    timer.handedIn().run();
  }

  private void elapse() {
    long next = requireNonNull(timer.nextAt());
    ticker.advance(Duration.ofNanos(next - ticker.read()));
    timer.runNext();
  }

  private void ends(HealthResult result) throws InterruptedException {
    answers.add(result);
    timer.handedIn().run();
  }

  private long read() {
    Error error = broken.getAndSet(null);
    if (error != null) {
      throw error;
    }
    return ticker.read();
  }

  private CheckRunner runner(Probe probe, HealthCheck check, CheckOptions options) {
    return new CheckRunner(
        new CheckRegistration(probe, "db", check, options),
        timer,
        timer,
        this::read,
        (it, outcome, took, change) -> heard.add(outcome + " " + took));
  }
}
