package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ExecutorCheckTest {
  private static final Duration SHORT = ofMillis(50);

  private final CountDownLatch release = new CountDownLatch(1);
  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(2));

  @AfterEach
  void stop() {
    release.countDown();
    executor.shutdownNow();
  }

  private void hang() {
    executor.execute(() -> {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
  }

  @Test
  void isUpWhileTasksAreRun() throws Exception {
    HealthCheck check = Checks.executor(executor, ofMillis(1));
    for (int i = 0; i < 10; i++) {
      assertThat(check.check(ofSeconds(10))).isEqualTo(HealthResult.up());
    }
  }

  @Test
  void isDownAfterTheLimitAndSaysWhereItHangs() throws Exception {
    HealthCheck check = Checks.executor(executor, ofMillis(300));
    assertThat(check.check(ofSeconds(10))).isEqualTo(HealthResult.up());
    hang();
    try (CapturedLog log = new CapturedLog()) {
      assertThat(check.check(SHORT)).isEqualTo(HealthResult.up());
      await().until(() -> check.check(SHORT).status() == Status.DOWN);
      assertThat(check.check(SHORT).reason())
          .startsWith("no task has been run for ")
          .endsWith("(expected: one within 0.3 s)");
      assertThat(log.count("CountDownLatch.await")).isEqualTo(1);
    }
    // However often it was looked at, its queue was given one task more.
    assertThat(executor.getQueue()).hasSize(1);
    release.countDown();
    assertThat(check.check(ofSeconds(10))).isEqualTo(HealthResult.up());
  }

  @Test
  void aShortStallIsForgotten() throws Exception {
    HealthCheck check = Checks.executor(executor, ofSeconds(30));
    hang();
    assertThat(check.check(SHORT)).isEqualTo(HealthResult.up());
    release.countDown();
    assertThat(check.check(ofSeconds(10))).isEqualTo(HealthResult.up());
    assertThat(executor.getQueue()).isEmpty();
  }

  @Test
  void aFullQueueIsNoFailureUntilTheLimit() throws Exception {
    HealthCheck check = Checks.executor(executor, ofMillis(300));
    hang();
    executor.execute(() -> {});
    executor.execute(() -> {});
    assertThat(check.check(SHORT)).isEqualTo(HealthResult.up());
    await().until(() -> check.check(SHORT).status() == Status.DOWN);
    release.countDown();
    await().until(() -> executor.getQueue().isEmpty());
    assertThat(check.check(ofSeconds(10))).isEqualTo(HealthResult.up());
  }

  @Test
  void isDownOnceShutDown() throws Exception {
    executor.shutdown();
    assertThat(Checks.executor(executor, ofSeconds(1)).check())
        .isEqualTo(HealthResult.down("the executor has been shut down"));
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> Checks.executor(executor, Duration.ZERO))
        .hasMessage("limit: PT0S (expected: more than 0)");
  }
}
