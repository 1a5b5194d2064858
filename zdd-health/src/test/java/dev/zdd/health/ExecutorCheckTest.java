package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is measured and how: {@code HeartbeatTest} in zdd-core. */
@Timeout(60)
class ExecutorCheckTest {
  private final CountDownLatch release = new CountDownLatch(1);
  private final ExecutorService executor = Executors.newSingleThreadExecutor();

  @AfterEach
  void stop() {
    release.countDown();
    executor.shutdownNow();
  }

  @Test
  void isDownWhileTheExecutorHangs() throws Exception {
    LocalCheck check = Checks.executor(executor, ofMillis(100));
    assertThat(check.check()).isEqualTo(HealthResult.up());
    executor.execute(() -> {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    await().until(() -> check.check().status() == Status.DOWN);
    assertThat(check.check().reason())
        .startsWith("no task has been run for ")
        .endsWith("(expected: one within 0.1 s)");
    release.countDown();
    assertThat(check.check()).isEqualTo(HealthResult.up());
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
