package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.HOURS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.CapturedLog;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What a shutdown takes back is in the log, with its number. */
@Timeout(30)
@Isolated
class ScheduledJobsLogTest {
  private final ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void letTheLogGo() {
    log.close();
    executor.shutdownNow();
  }

  @Test
  void countsWhatWasToRunOnceAndLater() throws Exception {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    executor.execute(() -> {
      running.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    running.await();
    executor.execute(() -> {}); // due
    executor.schedule(() -> {}, 1, HOURS);
    executor.schedule(() -> {}, 2, HOURS);
    executor.schedule(() -> {}, 1, HOURS).cancel(false);
    executor.scheduleAtFixedRate(() -> {}, 1, 1, HOURS);

    ScheduledJobs.of(executor).announce();

    assertThat(log.text()).contains("scheduled for later, and cancelled by the shutdown: 2");
    release.countDown();
  }

  @Test
  void saysNothingWhereThereIsNothingToSay() {
    executor.scheduleAtFixedRate(() -> {}, 1, 1, HOURS);

    ScheduledJobs.of(executor).announce();

    assertThat(log.text()).doesNotContain("scheduled for later");
  }
}
