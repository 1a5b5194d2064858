package dev.zdd.core;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HeartbeatTest {
  private static final Duration LIMIT = ofSeconds(5);

  private final AtomicLong now = new AtomicLong();
  private final CountDownLatch release = new CountDownLatch(1);
  private final ThreadPoolExecutor executor = pool("watched");
  private final Heartbeat heartbeat = watching(executor, thread -> false);

  private static ThreadPoolExecutor pool(String name) {
    return new ThreadPoolExecutor(
        1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(2), body -> new Thread(body, name));
  }

  private Heartbeat watching(ThreadPoolExecutor watched, Predicate<Thread> isIts) {
    return new Heartbeat(watched, LIMIT, isIts, now::get);
  }

  @AfterEach
  void stop() {
    release.countDown();
    executor.shutdownNow();
  }

  /** Returns when the executor's one thread waits. */
  private void hang(ThreadPoolExecutor watched) throws InterruptedException {
    CountDownLatch hangs = new CountDownLatch(1);
    watched.execute(() -> {
      hangs.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    hangs.await();
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  /** Looks, and returns when the executor has run what that gave it. */
  private void beat() {
    assertThat(heartbeat.get()).isEmpty();
    await().until(() -> executor.getActiveCount() == 0 && executor.getQueue().isEmpty());
  }

  @Test
  void findsNothingWhileTasksAreRunHoweverSeldomItLooks() {
    for (int i = 0; i < 3; i++) {
      beat();
      pass(ofSeconds(3600));
    }
    assertThat(executor.getCompletedTaskCount()).isEqualTo(3);
  }

  @Test
  void findsAStallAndLogsOnceWhereItHangs() throws Exception {
    beat();
    hang(executor);
    assertThat(heartbeat.get()).as("its tick is new").isEmpty();
    pass(LIMIT.minusNanos(1));
    assertThat(heartbeat.get()).isEmpty();
    try (CapturedLog log = new CapturedLog()) {
      pass(ofMillis(200));
      assertThat(heartbeat.get())
          .hasValue("no task has been run for 5.199 s (expected: one within 5 s)");
      pass(ofMillis(1));
      assertThat(heartbeat.get())
          .hasValue("no task has been run for 5.2 s (expected: one within 5 s)");
      assertThat(log.count("an executor has run nothing for 5.199 s; its thread watched is at"))
          .isEqualTo(1);
      assertThat(log.count("HeartbeatTest.lambda$hang")).isEqualTo(1);
    }
    // However often it looked, the queue was given one tick.
    assertThat(executor.getQueue()).hasSize(1);
  }

  @Test
  void findsNothingOnceItRunsAgainAndLogsTheNextStallToo() throws Exception {
    hang(executor);
    assertThat(heartbeat.get()).isEmpty();
    pass(LIMIT);
    assertThat(heartbeat.get()).isPresent();
    release.countDown();
    await().until(() -> executor.getQueue().isEmpty());
    beat();

    CountDownLatch second = new CountDownLatch(1);
    executor.execute(() -> {
      try {
        second.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });
    assertThat(heartbeat.get()).isEmpty();
    pass(LIMIT);
    try (CapturedLog log = new CapturedLog()) {
      assertThat(heartbeat.get()).isPresent();
      assertThat(log.count("its thread watched is at")).isEqualTo(1);
    }
    second.countDown();
  }

  @Test
  void letsATickFromBeforeAPauseOfTheMachineHaveItsTurnFirst() throws Exception {
    hang(executor);
    assertThat(heartbeat.get()).isEmpty();
    // As after a pause: a lot of time has passed, and the executor has had none of it.
    pass(ofSeconds(3600));
    CompletableFuture<Optional<String>> found = new CompletableFuture<>();
    Thread looks = new Thread(() -> found.complete(heartbeat.get()));
    looks.start();
    await().until(() -> looks.getState() == Thread.State.TIMED_WAITING);
    release.countDown();
    assertThat(found.get()).isEmpty();
  }

  @Test
  void waitsForSeveralTogether() throws Exception {
    ThreadPoolExecutor other = pool("other");
    try {
      List<Heartbeat> both = List.of(heartbeat, watching(other, thread -> false));
      hang(executor);
      hang(other);
      assertThat(Heartbeat.stalled(both)).isEmpty();
      pass(LIMIT);
      long began = System.nanoTime();
      assertThat(Heartbeat.stalled(both)).extracting(Heartbeat.Stall::silence).hasSize(2);
      assertThat(Duration.ofNanos(System.nanoTime() - began))
          .isLessThan(ofMillis(2 * Heartbeat.PATIENCE_MILLIS));
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void namesOnlyThoseThatStall() throws Exception {
    ThreadPoolExecutor other = pool("other");
    try {
      Heartbeat others = watching(other, thread -> thread.getName().equals("other"));
      hang(other);
      List<Heartbeat> both = List.of(heartbeat, others);
      assertThat(Heartbeat.stalled(both)).isEmpty();
      pass(LIMIT);
      assertThat(Heartbeat.stalled(both)).containsExactly(new Heartbeat.Stall("other", LIMIT));
    } finally {
      other.shutdownNow();
    }
  }

  @Test
  void findsTheThreadOfAnExecutorThatNeverRanATick() throws Exception {
    hang(executor);
    Heartbeat knowing = watching(executor, thread -> thread.getName().equals("watched"));
    assertThat(knowing.get()).isEmpty();
    pass(LIMIT);
    try (CapturedLog log = new CapturedLog()) {
      assertThat(knowing.get()).isPresent();
      assertThat(log.count("HeartbeatTest.lambda$hang")).isEqualTo(1);
    }
  }

  @Test
  void saysSoIfNoThreadIsKnown() throws Exception {
    hang(executor);
    assertThat(heartbeat.get()).isEmpty();
    pass(LIMIT);
    try (CapturedLog log = new CapturedLog()) {
      assertThat(heartbeat.get()).isPresent();
      assertThat(log.count("and no thread of it is known")).isEqualTo(1);
    }
  }

  @Test
  void aFullQueueIsNoStallUntilTheLimit() throws Exception {
    hang(executor);
    executor.execute(() -> {});
    executor.execute(() -> {});
    assertThat(heartbeat.get()).isEmpty();
    pass(LIMIT);
    assertThat(heartbeat.get()).isPresent();
    release.countDown();
    await().until(() -> executor.getQueue().isEmpty());
    assertThat(heartbeat.get()).isEmpty();
  }

  @Test
  void anInterruptedLookKeepsTheInterrupt() throws Exception {
    hang(executor);
    assertThat(heartbeat.get()).isEmpty();
    pass(LIMIT);
    Thread.currentThread().interrupt();
    assertThat(heartbeat.get()).isPresent();
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anExecutorThatIsShutDownIsAProblem() {
    executor.shutdown();
    assertThat(heartbeat.get()).hasValue("the executor has been shut down");
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> Heartbeat.of(executor, Duration.ZERO))
        .hasMessage("limit: PT0S (expected: more than 0)");
    assertThatThrownBy(() -> Heartbeat.of(executor, ofSeconds(-1)))
        .hasMessage("limit: PT-1S (expected: more than 0)");
  }
}
