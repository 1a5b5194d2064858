package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final AtomicLong nanos = new AtomicLong(1_000);
  private final InFlight inFlight = new InFlight(nanos::get);

  @Test
  void refusesToBeMadeWithoutATicker() {
    assertThatThrownBy(() -> new InFlight(null))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("ticker");
  }

  // Counting

  @Test
  void countsWhatHasBegunAndNotEnded() {
    assertThat(inFlight.count()).isZero();
    long one = inFlight.begin("GET", "/one");
    long two = inFlight.begin("GET", "/two");
    assertThat(inFlight.count()).isEqualTo(2);

    assertThat(inFlight.end(one)).isTrue();
    assertThat(inFlight.count()).isEqualTo(1);
    assertThat(inFlight.end(two)).isTrue();
    assertThat(inFlight.count()).isZero();
    assertThat(inFlight.begun()).isEqualTo(2);
    assertThat(inFlight.refused()).isZero();
  }

  @Test
  void endingTwiceDoesNothingTheSecondTime() {
    inFlight.begin("GET", "/other");
    long ticket = inFlight.begin("GET", "/");

    assertThat(inFlight.end(ticket)).isTrue();
    assertThat(inFlight.end(ticket)).isFalse();
    assertThat(inFlight.count()).isEqualTo(1);
  }

  @Test
  void aTicketWhoseSlotHasGoneToOtherWorkEndsNothing() {
    long stale = inFlight.begin("GET", "/old");
    inFlight.end(stale);
    long fresh = inFlight.begin("GET", "/new");
    assertThat((int) fresh).as("one slot, two generations").isEqualTo((int) stale);
    assertThat(fresh).isNotEqualTo(stale);

    assertThat(inFlight.end(stale)).isFalse();
    assertThat(inFlight.count()).isEqualTo(1);
    assertThat(inFlight.work()).singleElement().matches(work -> work.target().equals("/new"));
    assertThat(inFlight.end(fresh)).isTrue();
  }

  @Test
  void noTicketIsHandedOutTwice() {
    long previous = InFlight.REFUSED;
    for (int i = 0; i < 10_000; i++) {
      long ticket = inFlight.begin("GET", "/");
      assertThat(ticket).isNotEqualTo(previous).isNotEqualTo(InFlight.REFUSED);
      previous = ticket;
      inFlight.end(ticket);
    }
  }

  @Test
  void oneOfManyThreadsEndsATicket() {
    for (int round = 0; round < 500; round++) {
      InFlight inFlight = new InFlight(nanos::get);
      inFlight.begin("GET", "/other");
      long ticket = inFlight.begin("GET", "/");
      AtomicLong ended = new AtomicLong();

      Race.among(
          4,
          number -> {
            if (inFlight.end(ticket)) {
              ended.incrementAndGet();
            }
          });

      assertThat(ended).hasValue(1);
      assertThat(inFlight.count()).isEqualTo(1);
    }
  }

  @Test
  void mayBeEndedOnAnotherThread() throws Exception {
    long ticket = inFlight.begin("GET", "/");

    assertThat(elsewhere(() -> inFlight.end(ticket)).get()).isTrue();
    assertThat(inFlight.count()).isZero();
  }

  // The gate

  @Test
  void onceClosedItRefusesAndSaysSo() {
    inFlight.close();

    assertThat(inFlight.isClosed()).isTrue();
    assertThat(inFlight.begin("GET", "/")).isEqualTo(InFlight.REFUSED);
    assertThat(inFlight.count()).isZero();
    assertThat(inFlight.work()).isEmpty();
    assertThat(inFlight.refused()).isEqualTo(1);
    assertThat(inFlight.begun()).isZero();
  }

  // begin sees the gate open | close | begin claims its slot, looks once more and gives it back.
  // The clock is read between the two looks.
  @Test
  void refusesWhatFoundTheGateOpenAndThenClosed() {
    AtomicReference<InFlight> gate = new AtomicReference<>();
    gate.set(
        new InFlight(() -> {
          gate.get().close();
          return 0;
        }));

    assertThat(gate.get().begin("GET", "/")).isEqualTo(InFlight.REFUSED);

    assertThat(gate.get().count()).isZero();
    assertThat(gate.get().refused()).isEqualTo(1);
  }

  @Test
  void theTicketOfRefusedWorkDoesNothing() {
    inFlight.begin("GET", "/");
    inFlight.close();
    long refused = inFlight.begin("GET", "/late");

    assertThat(inFlight.end(refused)).isFalse();
    inFlight.detach(refused);
    assertThat(inFlight.count()).isEqualTo(1);
    assertThat(inFlight.work()).singleElement().matches(work -> work.thread() != null);
  }

  @Test
  void closesWhileWorkIsInsideAndLetsThatWorkEnd() {
    long inside = inFlight.begin("GET", "/");
    inFlight.close();
    inFlight.close();

    assertThat(inFlight.isClosed()).isTrue();
    assertThat(inFlight.count()).isEqualTo(1);
    assertThat(inFlight.tryClose()).as("closed, but not empty").isFalse();
    assertThat(inFlight.end(inside)).isTrue();
    assertThat(inFlight.count()).isZero();
    assertThat(inFlight.isClosed()).isTrue();
    assertThat(inFlight.tryClose()).isTrue();
  }

  @Test
  void tryCloseLeavesTheGateOpenWhileWorkIsInside() {
    long inside = inFlight.begin("GET", "/");

    assertThat(inFlight.tryClose()).isFalse();
    assertThat(inFlight.isClosed()).isFalse();
    assertThat(inFlight.end(inFlight.begin("GET", "/"))).isTrue();

    inFlight.end(inside);
    assertThat(inFlight.tryClose()).isTrue();
    assertThat(inFlight.tryClose()).as("closed and empty already").isTrue();
    assertThat(inFlight.begin("GET", "/")).isEqualTo(InFlight.REFUSED);
  }

  // Waiting

  @Test
  void doesNotWaitWhenNothingIsInFlight() throws Exception {
    assertThat(inFlight.awaitEmpty(Duration.ZERO)).isTrue();
    assertThat(inFlight.awaitEmpty(Duration.ofSeconds(-1))).isTrue();
  }

  @Test
  void givesUpWaitingAtItsTimeoutAndNotBefore() throws Exception {
    inFlight.begin("GET", "/");
    assertThat(inFlight.awaitEmpty(Duration.ZERO)).isFalse();

    long start = System.nanoTime();
    assertThat(inFlight.awaitEmpty(Duration.ofMillis(50))).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - start))
        .isBetween(Duration.ofMillis(50), Duration.ofSeconds(30));
  }

  @Test
  void givesUpWaitingAfterLessThanAMillisecondToo() throws Exception {
    inFlight.begin("GET", "/");
    // Rounded down it would be a wait of 0 ms, which is one without end.
    assertThat(inFlight.awaitEmpty(Duration.ofNanos(999_999))).isFalse();
  }

  @Test
  void wakesEveryWaiterWhenTheLastWorkEnds() throws Exception {
    long one = inFlight.begin("GET", "/one");
    long two = inFlight.begin("GET", "/two");
    List<FutureTask<Boolean>> waiters = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      FutureTask<Boolean> waiter = new FutureTask<>(() -> inFlight.awaitEmpty(LONG));
      waiters.add(waiter);
      threads.add(start(waiter));
    }
    await().until(() -> threads.stream().allMatch(InFlightTest::isWaiting));

    inFlight.end(one);
    assertThat(waiters).noneMatch(Future::isDone);

    long start = System.nanoTime();
    inFlight.end(two);
    for (Future<Boolean> waiter : waiters) {
      assertThat(waiter.get(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG.dividedBy(2));
  }

  @Test
  void wakesTheWaiterOfAClosedGateToo() throws Exception {
    long inside = inFlight.begin("GET", "/");
    inFlight.close();
    FutureTask<Boolean> waiter = new FutureTask<>(() -> inFlight.awaitEmpty(LONG));
    Thread thread = start(waiter);
    await().until(() -> isWaiting(thread));

    inFlight.end(inside);

    assertThat(waiter.get(30, TimeUnit.SECONDS)).isTrue();
  }

  /** Thousands of times, because a wake-up is lost in a window of nanoseconds. */
  @Test
  void losesNoWakeUpWhenWorkEndsAsTheWaiterArrives() {
    InFlight[] each = new InFlight[2]; // this round's, and the one before's
    long[] tickets = new long[2];

    Race.pairs(
        Duration.ofSeconds(1),
        round -> {
          each[round % 2] = new InFlight(nanos::get);
          tickets[round % 2] = each[round % 2].begin("GET", "/");
        },
        (number, round) -> {
          // A little sooner or later each time, so that every offset comes up.
          for (int spins = (number == 0 ? round : round / 16) % 16; spins > 0; spins--) {
            Thread.onSpinWait();
          }
          if (number == 0) {
            each[round % 2].end(tickets[round % 2]);
          } else {
            awaitEmpty(each[round % 2], Duration.ofSeconds(50));
          }
        });
  }

  private static void awaitEmpty(InFlight inFlight, Duration timeout) {
    long start = System.nanoTime();
    try {
      assertThat(inFlight.awaitEmpty(timeout)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(timeout.dividedBy(2));
  }

  @Test
  void canBeInterruptedWhileItWaits() throws Exception {
    inFlight.begin("GET", "/");
    FutureTask<Boolean> waiter = new FutureTask<>(() -> inFlight.awaitEmpty(LONG));
    Thread thread = start(waiter);
    await().until(() -> isWaiting(thread));

    thread.interrupt();

    assertThatThrownBy(() -> waiter.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .hasCauseInstanceOf(InterruptedException.class);
  }

  // The description

  @Test
  void describesWorkByMethodTargetAgeAndThread() throws Exception {
    Thread other = start(() -> inFlight.begin("POST", "/old"));
    other.join();
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    inFlight.begin("GET", "/young");
    nanos.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(inFlight.work())
        .containsExactly(
            new InFlight.Work("POST", "/old", Duration.ofSeconds(3), other),
            new InFlight.Work("GET", "/young", Duration.ofSeconds(1), Thread.currentThread()));
  }

  @Test
  void describesTheOldestFirstWhateverTheirSlots() {
    for (int i = 0; i < 20; i++) {
      inFlight.begin("GET", "/" + i);
      nanos.incrementAndGet();
    }

    assertThat(inFlight.work())
        .extracting(InFlight.Work::target)
        .containsExactly(IntStream.range(0, 20).mapToObj(i -> "/" + i).toArray(String[]::new));
  }

  @Test
  void agesAreNeverNegative() {
    inFlight.begin("GET", "/");
    nanos.addAndGet(-500);

    assertThat(inFlight.work()).singleElement().matches(work -> work.age().isZero());
  }

  @Test
  void agesAreRightWhenTheTickersReadingOverflows() {
    nanos.set(Long.MAX_VALUE - 10);
    inFlight.begin("GET", "/");
    nanos.addAndGet(25);

    assertThat(inFlight.work()).singleElement().matches(work -> work.age().toNanos() == 25);
  }

  @Test
  void doesNotDescribeWhatHasEnded() {
    long one = inFlight.begin("GET", "/one");
    inFlight.begin("GET", "/two");
    inFlight.end(one);

    assertThat(inFlight.work()).extracting(InFlight.Work::target).containsExactly("/two");
  }

  @Test
  void detachedWorkIsOnNoThreadAndStillInFlight() {
    long ticket = inFlight.begin("GET", "/async");
    inFlight.detach(ticket);

    assertThat(inFlight.count()).isEqualTo(1);
    assertThat(inFlight.work())
        .singleElement()
        .isEqualTo(new InFlight.Work("GET", "/async", Duration.ZERO, null));
    assertThat(inFlight.end(ticket)).isTrue();
  }

  @Test
  void aStaleTicketDetachesNothing() {
    long stale = inFlight.begin("GET", "/old");
    inFlight.end(stale);
    inFlight.begin("GET", "/new");
    inFlight.detach(stale);

    assertThat(inFlight.work()).singleElement().matches(work -> work.thread() != null);
  }

  @Test
  void keepsNoThreadAliveOnceItsWorkHasEnded() throws Exception {
    FutureTask<Boolean> work = new FutureTask<>(() -> inFlight.end(inFlight.begin("GET", "/")));
    Thread thread = start(work);
    thread.join();
    WeakReference<Thread> reference = new WeakReference<>(thread);
    work = null;
    thread = null;

    await()
        .until(() -> {
          System.gc();
          return reference.get() == null;
        });
  }

  // The request path

  @Test
  void allocatesNothingInSteadyState() {
    AllocatedBytes allocated = new AllocatedBytes();
    InFlight inFlight = new InFlight(Ticker.system());
    beginAndEnd(inFlight, 20_000);

    long before = allocated.byCurrentThread();
    beginAndEnd(inFlight, 100_000);

    // The reading itself is boxed; one object for each piece of work would be a megabyte.
    assertThat(allocated.byCurrentThread() - before).isLessThan(2_000);
  }

  private static void beginAndEnd(InFlight inFlight, int times) {
    for (int i = 0; i < times; i++) {
      long ticket = inFlight.begin("GET", "/");
      inFlight.detach(ticket);
      inFlight.end(ticket);
    }
  }

  @Test
  void countsTheWorkOfVirtualThreads() throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "virtual threads are there from JDK 21 on");
    ExecutorService virtual =
        (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    try {
      List<Future<Long>> tickets = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        tickets.add(virtual.submit(() -> inFlight.begin("GET", "/")));
      }
      Future<Boolean> waiter = virtual.submit(() -> inFlight.awaitEmpty(LONG));
      for (Future<Long> ticket : tickets) {
        ticket.get(30, TimeUnit.SECONDS);
      }
      assertThat(inFlight.count()).isEqualTo(2_000);
      assertThat(inFlight.work()).hasSize(2_000).allMatch(work -> work.thread() != null);

      for (Future<Long> ticket : tickets) {
        long given = ticket.get();
        virtual.execute(() -> inFlight.end(given));
      }
      assertThat(waiter.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(inFlight.begun()).isEqualTo(2_000);
    } finally {
      virtual.shutdownNow();
    }
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }

  private static <T> Future<T> elsewhere(Callable<T> call) {
    FutureTask<T> task = new FutureTask<>(call);
    start(task);
    return task;
  }

  private static Thread start(Runnable task) {
    Thread thread = new Thread(task, "in-flight-test");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
