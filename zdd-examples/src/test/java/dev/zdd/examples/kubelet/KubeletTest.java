package dev.zdd.examples.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class KubeletTest {
  private static final Duration SOON = Duration.ofMillis(10);
  private static final Duration NEVER = Duration.ofHours(1);
  private static final HttpProbe STARTUP = probe("/startup");
  private static final HttpProbe READINESS = probe("/ready");
  private static final HttpProbe LIVENESS = probe("/healthz");

  private final Decided decided = new Decided();
  private ScriptedPod pod;
  private Kubelet kubelet;

  private static HttpProbe probe(String path) {
    return HttpProbe.of(path).period(SOON).timeout(Duration.ofSeconds(20));
  }

  @BeforeEach
  void open() throws Exception {
    pod = new ScriptedPod();
  }

  @AfterEach
  void close() throws Exception {
    kubelet.close();
    pod.close();
  }

  private void start(
      @Nullable HttpProbe startup, HttpProbe readiness, @Nullable HttpProbe liveness) {
    kubelet = new Kubelet(new PodProbes(startup, readiness, liveness), decided);
    kubelet.started(pod.port());
  }

  @Test
  void isNotReadyUntilItHasSaidSo() {
    pod.says("/ready", 503);
    start(null, READINESS, null);
    pod.awaitAsked("/ready", 5);
    assertThat(decided.words()).isEmpty();
    pod.says("/ready", 200);
    decided.await("ready");
  }

  @Test
  void isNotReadyAnyMoreAfterThreeFailuresInARowAndAgainAfterOneSuccess() {
    pod.saysNext("/ready", 200, 503, 503, 200, 503, 503, 200, 503, 503, 503, 200);
    start(null, READINESS, null);
    decided.await("ready", "not ready", "ready");
    assertThat(pod.timesAsked("/ready")).isGreaterThanOrEqualTo(11);
  }

  @Test
  void needsAsManySuccessesInARowAsTheManifestSays() {
    pod.saysNext("/ready", 200, 503, 200, 503);
    pod.says("/ready", 503);
    start(null, READINESS.successThreshold(2), null);
    pod.awaitAsked("/ready", 6);
    assertThat(decided.words()).isEmpty();
    pod.says("/ready", 200);
    decided.await("ready");
  }

  @Test
  void isRestartedOnceWhenItsLivenessHasFailedThreeTimesInARow() {
    pod.saysNext("/healthz", 503, 503, 200, 503, 503, 503);
    start(null, READINESS, LIVENESS);
    pod.awaitAsked("/ready", 30);
    decided.await("ready", "restart: LIVENESS");
    assertThat(pod.timesAsked("/healthz")).as("and is not asked any more").isEqualTo(6);
  }

  @Test
  void asksNothingButStartupUntilThatHasSucceededAndThenReadinessAtOnce() {
    pod.says("/startup", 503);
    pod.says("/healthz", 503);
    start(STARTUP.failureThreshold(1000), READINESS.period(NEVER), LIVENESS);
    pod.awaitAsked("/startup", 10);
    assertThat(pod.timesAsked("/ready")).isZero();
    assertThat(pod.timesAsked("/healthz")).isZero();
    pod.says("/healthz", 200);
    pod.says("/startup", 200);
    decided.await("ready"); // though its period is an hour
    pod.awaitAsked("/healthz", 3);
    int startups = pod.timesAsked("/startup");
    pod.awaitAsked("/healthz", 3);
    assertThat(pod.timesAsked("/startup")).isEqualTo(startups);
  }

  @Test
  void isRestartedWhenItHasNotStartedInTime() {
    pod.says("/startup", 503);
    start(STARTUP.failureThreshold(5), READINESS, LIVENESS);
    decided.await("restart: STARTUP");
    assertThat(pod.timesAsked("/startup")).isEqualTo(5);
  }

  @Test
  void isNotAskedBeforeItsInitialDelay() {
    start(null, READINESS, LIVENESS.initialDelay(NEVER));
    pod.awaitAsked("/ready", 10);
    assertThat(pod.timesAsked("/healthz")).isZero();
  }

  @Test
  void isStillAskedForReadinessWhenItIsToEndAndForLivenessNoMore() {
    start(null, READINESS, LIVENESS);
    pod.awaitAsked("/healthz", 2);
    kubelet.terminating(pod.port());
    pod.says("/healthz", 503);
    pod.awaitAsked("/ready", 2); // what was under way is over
    int lives = pod.timesAsked("/healthz");
    pod.says("/ready", 503);
    decided.await("ready", "not ready");
    pod.awaitAsked("/ready", 10);
    assertThat(pod.timesAsked("/healthz")).isEqualTo(lives);
    assertThat(decided.words()).containsExactly("ready", "not ready");
  }

  @Test
  void aNewContainerBeginsAnew() {
    pod.says("/healthz", 503);
    start(STARTUP.failureThreshold(1000), READINESS, LIVENESS);
    decided.await("ready", "restart: LIVENESS");
    pod.says("/healthz", 200);
    pod.says("/startup", 503);
    kubelet.started(pod.port());
    int before = pod.timesAsked("/ready");
    pod.awaitAsked("/startup", 2);
    assertThat(pod.timesAsked("/ready")).isBetween(before, before + 1); // one was under way
    pod.says("/startup", 200);
    decided.await("ready", "restart: LIVENESS", "ready");
  }
}
