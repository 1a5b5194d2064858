package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ExecutorCloseTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration SHORT = Duration.ofMillis(100);

  private final ThreadPoolExecutor one =
      new ThreadPoolExecutor(
          1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), r -> new Thread(r, "mailer"));
  private final CountDownLatch started = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicInteger finished = new AtomicInteger();
  private final AtomicInteger interrupted = new AtomicInteger();

  @AfterEach
  void letGo() {
    release.countDown();
    one.shutdownNow();
  }

  private void waits() {
    started.countDown();
    try {
      release.await();
      finished.incrementAndGet();
    } catch (InterruptedException e) {
      interrupted.incrementAndGet();
    }
  }

  private void ignoresInterrupts() {
    started.countDown();
    boolean over = false;
    while (!over) {
      try {
        release.await();
        over = true;
      } catch (InterruptedException e) {
        interrupted.incrementAndGet();
      }
    }
  }

  @Test
  void takesNothingNewAndLetsWhatRunsAndWaitsFinish() throws Exception {
    ExecutorClose close = ExecutorClose.of(one, LONG);
    one.execute(this::waits);
    one.execute(finished::incrementAndGet);
    CompletableFuture<Void> closing = closing(close);
    await().until(one::isShutdown);
    assertThatThrownBy(() -> one.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    assertThat(closing).isNotDone();

    release.countDown();

    closing.get(10, TimeUnit.SECONDS);
    assertThat(finished).hasValue(2);
    assertThat(interrupted).hasValue(0);
    assertThat(one.isTerminated()).isTrue();
  }

  @Test
  void interruptsWhatHasNotFinishedAndSaysWhatWasLost() throws Exception {
    ExecutorClose close = ExecutorClose.of(one, SHORT);
    one.execute(this::waits);
    started.await();
    one.execute(finished::incrementAndGet);
    one.execute(finished::incrementAndGet);

    assertThatThrownBy(close::close)
        .isInstanceOf(TimeoutException.class)
        .hasMessage("not finished within 0.1 s; tasks interrupted: 1, tasks never started: 2")
        .hasNoCause();
    assertThat(interrupted).hasValue(1);
    assertThat(finished).hasValue(0);
  }

  @Test
  void namesTheThreadThatDoesNotEndAndShowsWhereItStands() throws Exception {
    ExecutorClose close = ExecutorClose.of(one, SHORT);
    one.execute(this::ignoresInterrupts);
    started.await();

    Throwable failure = catchThrowable(close::close);

    assertThat(failure)
        .hasMessage(
            "not finished within 0.1 s; tasks interrupted: 1, tasks never started: 0, still at"
                + " work: mailer");
    assertThat(failure.getCause()).hasMessage("mailer stands here");
    assertThat(failure.getCause().getStackTrace())
        .extracting(StackTraceElement::getMethodName)
        .contains("ignoresInterrupts");
    assertThat(interrupted).hasValue(1);
  }

  @Test
  void doesNotNameThreadsThatHaveEndedOrAreNotThePools() throws Exception {
    ThreadPoolExecutor two =
        new ThreadPoolExecutor(
            2,
            2,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Executors.defaultThreadFactory());
    ExecutorClose close = ExecutorClose.of(two, SHORT);
    Thread[] stuck = new Thread[1];
    two.execute(() -> {
      stuck[0] = Thread.currentThread();
      ignoresInterrupts();
    });
    two.execute(finished::incrementAndGet);
    started.await();
    await().until(() -> finished.get() == 1);

    assertThatThrownBy(close::close)
        .hasMessageEndingWith("still at work: " + stuck[0].getName())
        .hasMessageContaining("tasks interrupted: 1,");
  }

  @Test
  void closesAForkJoinPoolTheSameWay() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(1);
    ForkJoinPool other = new ForkJoinPool(1);
    other.submit(() -> Thread.currentThread().getName()).get();
    ExecutorClose close = ExecutorClose.of(pool, SHORT);
    pool.execute(this::ignoresInterrupts);
    started.await();
    pool.execute(finished::incrementAndGet);
    pool.execute(finished::incrementAndGet);
    pool.execute(finished::incrementAndGet);

    Throwable failure = catchThrowable(close::close);

    assertThat(failure)
        .hasMessageMatching(
            "not finished within 0.1 s; tasks interrupted: 1, tasks never started: 3, still at"
                + " work: ForkJoinPool-\\d+-worker-1");
    assertThat(failure.getCause().getStackTrace())
        .extracting(StackTraceElement::getMethodName)
        .contains("ignoresInterrupts");
    other.shutdown();
  }

  @Test
  void aForkJoinPoolFinishesWhatItHas() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(1);
    pool.execute(finished::incrementAndGet);
    ExecutorClose.of(pool).close();
    assertThat(finished).hasValue(1);
    assertThat(pool.isTerminated()).isTrue();
  }

  @Test
  void doesWithoutNamesWhereAnExecutorTellsNone() throws Exception {
    ExecutorService hidden = Executors.newSingleThreadExecutor();
    ExecutorClose close = ExecutorClose.of(hidden, SHORT);
    hidden.execute(this::ignoresInterrupts);
    started.await();
    hidden.execute(finished::incrementAndGet);

    assertThatThrownBy(close::close)
        .hasMessage(
            "not finished within 0.1 s; tasks never started: 1, still at work: threads that this"
                + " executor does not tell")
        .hasNoCause();
  }

  @Test
  void closesAnExecutorOfVirtualThreads() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21);
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    virtual.execute(this::waits);
    started.await();

    assertThatThrownBy(ExecutorClose.of(virtual, SHORT)::close)
        .hasMessage("not finished within 0.1 s; tasks never started: 0");
    assertThat(interrupted).hasValue(1);
  }

  // The shutdown interrupts a step at its bound: from then on nobody waits for it, but what can
  // still be done, to interrupt the tasks, is done.
  @Test
  void anInterruptEndsTheWaitAndInterruptsTheTasks() throws Exception {
    ExecutorClose close = ExecutorClose.of(one, LONG);
    one.execute(this::waits);
    started.await();
    Throwable[] failure = new Throwable[1];
    Thread closer = new Thread(() -> failure[0] = catchThrowable(close::close));
    closer.start();
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);

    closer.interrupt();

    closer.join(10_000);
    assertThat(failure[0]).isInstanceOf(TimeoutException.class);
    await().until(() -> interrupted.get() == 1);
  }

  @Test
  void isNotCleanInTheReportIfSomethingWasLost() throws Exception {
    ExecutorClose close = ExecutorClose.of(one, SHORT);
    one.execute(this::waits);
    started.await();
    DrainReport report =
        GracefulShutdown.builder(new Lifecycle())
            .close("mails", close)
            .build()
            .shutdown("test")
            .get(20, TimeUnit.SECONDS);
    assertThat(report.clean()).isFalse();
    assertThat(report.steps().get(0).error()).contains("tasks interrupted: 1");
  }

  @Test
  void isClosedAtOnceWhenNothingRuns() throws Exception {
    ExecutorClose.of(one, Duration.ZERO.plusSeconds(5)).close();
    assertThat(one.isTerminated()).isTrue();
    ExecutorClose.of(one, Duration.ZERO).close();
  }

  @Test
  void refusesWhatItCannotDo() {
    assertThatThrownBy(() -> ExecutorClose.of(one, Duration.ofSeconds(-1)))
        .hasMessage("finish: PT-1S (expected: >= 0)");
    assertThatThrownBy(() -> ExecutorClose.of(ForkJoinPool.commonPool()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("executor: ForkJoinPool.commonPool()");
  }

  @Test
  void aThreadFactoryThatRefusesStaysOneThatRefuses() {
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), r -> null);
    ExecutorClose.of(pool);
    assertThat(pool.getThreadFactory().newThread(() -> {})).isNull();
    pool.shutdownNow();
  }

  private static CompletableFuture<Void> closing(AutoCloseable close) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    new Thread(
            () -> {
              try {
                close.close();
                done.complete(null);
              } catch (Exception e) {
                done.completeExceptionally(e);
              }
            })
        .start();
    return done;
  }
}
