package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.HOURS;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ScheduledJobsTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final ScheduledThreadPoolExecutor executor =
      new ScheduledThreadPoolExecutor(1, r -> new Thread(r, "nightly"));
  private final ScheduledJobs jobs = ScheduledJobs.of(executor);
  private final CountDownLatch running = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();

  @AfterEach
  void letGo() {
    release.countDown();
    executor.shutdownNow();
  }

  private void run() {
    begun.incrementAndGet();
    running.countDown();
    try {
      release.await();
      finished.incrementAndGet();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void theRunThatIsUnderWayFinishesAndNoOtherStarts() throws Exception {
    executor.scheduleWithFixedDelay(this::run, 0, 1, MILLISECONDS);
    AtomicInteger others = new AtomicInteger();
    executor.scheduleAtFixedRate(others::incrementAndGet, 0, 1, MILLISECONDS);
    running.await();
    assertThat(jobs.open()).isEqualTo(1);

    jobs.announce();

    int othersAtT0 = others.get();
    assertThat(jobs.open()).isEqualTo(1);
    release.countDown();
    await().until(() -> jobs.open() == 0);
    assertThat(begun).hasValue(1);
    assertThat(finished).hasValue(1);
    assertThat(others).hasValue(othersAtT0);
    assertThat(executor.isTerminated()).isTrue();
    jobs.close();
  }

  // Between the moment in which a one-shot task comes due and the one in which a thread is free for
  // it: it was promised and its time has come, so it runs.
  @Test
  void whatIsDueAndWaitsForAThreadStillRuns() throws Exception {
    executor.execute(this::run);
    running.await();
    CountDownLatch due = new CountDownLatch(1);
    executor.execute(due::countDown);

    jobs.announce();

    assertThat(jobs.open()).isEqualTo(2);
    release.countDown();
    due.await();
    await().until(() -> jobs.open() == 0);
  }

  @Test
  void whatWasForLaterIsCancelledAndItsCallerSeesThat() throws Exception {
    executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(true); // ours count, from T0 on
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(true);
    Future<?> later = executor.schedule(begun::incrementAndGet, 1, HOURS);
    Future<?> periodic = executor.scheduleAtFixedRate(begun::incrementAndGet, 1, 1, HOURS);
    await().until(() -> jobs.open() == 0); // a thread that has just started counts for a moment

    jobs.announce();

    assertThat(later.isCancelled()).isTrue();
    assertThat(periodic.isCancelled()).isTrue();
    await().until(() -> jobs.open() == 0);
    jobs.close();
    assertThat(begun).hasValue(0);
  }

  @Test
  void whatARequestSchedulesDuringTheDrainIsRefusedAtOnce() {
    jobs.announce();
    assertThatThrownBy(() -> executor.schedule(begun::incrementAndGet, 1, MILLISECONDS))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void theShutdownWaitsForTheRunThatIsUnderWay() throws Exception {
    executor.scheduleWithFixedDelay(this::run, 0, 1, MILLISECONDS);
    running.await();
    CompletableFuture<DrainReport> done =
        GracefulShutdown.builder(lifecycle)
            .announce(Duration.ZERO)
            .server("jobs", jobs)
            .build()
            .shutdown("test");
    await().until(executor::isShutdown);
    assertThat(done).isNotDone();

    release.countDown();

    assertThat(done.get(20, SECONDS).clean()).isTrue();
    assertThat(finished).hasValue(1);
  }

  @Test
  void whatIsNotOverAtTheEndIsInterruptedAndReported() throws Exception {
    executor.execute(this::run);
    running.await();
    jobs.announce();
    assertThatThrownBy(jobs::close)
        .isInstanceOf(TimeoutException.class)
        .hasMessage("jobs not finished in time; tasks interrupted: 1, tasks never started: 0");
    assertThat(finished).hasValue(0);
    assertThat(executor.isTerminated()).isTrue();
  }

  @Test
  void closeWithoutAnnouncementStopsToo() throws Exception {
    executor.scheduleWithFixedDelay(begun::incrementAndGet, 1, 1, HOURS);
    jobs.close();
    assertThat(executor.isShutdown()).isTrue();
  }

  @Test
  void asAClosingStepItsRunGetsTimeToFinish() throws Exception {
    executor.execute(this::run);
    running.await();
    CompletableFuture<Throwable> closing =
        CompletableFuture.supplyAsync(() -> catchThrowable(jobs::close));
    await().until(executor::isShutdown);
    assertThat(closing).isNotDone();
    release.countDown();
    assertThat(closing.get(10, SECONDS)).isNull();
    assertThat(finished).hasValue(1);
  }

  @Test
  void hasNoDoorAndNothingIdle() {
    jobs.unbind();
    assertThat(executor.isShutdown()).isFalse();
    assertThat(jobs.closeIdle(Duration.ZERO)).isZero();
  }

  @Test
  void aJobUnderAnySchedulerIsInFlightWhileItRuns() throws Exception {
    ScheduledExecutorService hidden = Executors.newSingleThreadScheduledExecutor();
    hidden.scheduleWithFixedDelay(
        ScheduledJobs.job(lifecycle, "cleanup", this::run), 0, 1, MILLISECONDS);
    running.await();
    InFlight.Work work = lifecycle.inFlight().work().get(0);
    assertThat(work.method()).isEqualTo("job");
    assertThat(work.target()).isEqualTo("cleanup");

    CompletableFuture<DrainReport> done =
        GracefulShutdown.builder(lifecycle).build().shutdown("test");
    await().until(lifecycle::isLeaving);
    assertThat(done).isNotDone();
    release.countDown();

    assertThat(done.get(20, SECONDS).clean()).isTrue();
    assertThat(begun).hasValue(1);
    assertThat(finished).hasValue(1);
    hidden.shutdownNow();
  }

  @Test
  void aJobDoesNothingFromT0OnNorOnceTheGateIsClosed() {
    Runnable job = ScheduledJobs.job(lifecycle, "cleanup", begun::incrementAndGet);
    job.run();
    assertThat(begun).hasValue(1);
    lifecycle.inFlight().close();
    job.run();
    assertThat(begun).hasValue(1);
    assertThat(lifecycle.inFlight().refused()).isEqualTo(1);
    lifecycle.drain("test");
    job.run();
    assertThat(begun).hasValue(1);
    assertThat(lifecycle.inFlight().refused()).isEqualTo(1);
  }

  @Test
  void aJobThatThrowsIsNoLongerInFlight() {
    Runnable job =
        ScheduledJobs.job(
            lifecycle,
            "cleanup",
            () -> {
              throw new IllegalStateException("no");
            });
    assertThatThrownBy(job::run).hasMessage("no");
    assertThat(lifecycle.inFlight().count()).isZero();
  }
}
