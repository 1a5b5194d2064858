package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PollLoopTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final ScriptedSource source = new ScriptedSource();
  private final List<String> handled = new CopyOnWriteArrayList<>();
  private final CountDownLatch inHandler = new CountDownLatch(1);
  private final CountDownLatch release = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private PollLoop<String> loop;

  @AfterEach
  void letGo() {
    release.countDown();
    if (loop != null) {
      catchThrowable(loop::close);
    }
  }

  private void start(PollLoop.Handler<String> handler) {
    loop = PollLoop.start(lifecycle, "orders", source, handler);
  }

  private void startHolding(String at) {
    start(message -> {
      if (message.equals(at)) {
        inHandler.countDown();
        try {
          release.await();
        } catch (InterruptedException e) {
          interrupted.set(true);
          throw e;
        }
      }
      handled.add(message);
    });
  }

  private void awaitEnd() {
    await().until(() -> loop.open() == 0);
  }

  @Test
  void pollsProcessesAndCommitsInOrderAndOnOneThread() throws Exception {
    source.has("a", "b");
    source.has("c");
    start(handled::add);
    await().until(() -> source.committed.size() == 3);
    assertThat(loop.open()).isEqualTo(1);
    assertThat(handled).containsExactly("a", "b", "c");
    assertThat(source.committed).containsExactly("a", "b", "c");
    assertThat(source.commits).hasValue(2);

    loop.announce();

    awaitEnd();
    loop.close();
    assertThat(source.closed).hasValue(1);
    assertThat(source.threads.stream().distinct())
        .singleElement()
        .satisfies(thread -> {
          assertThat(thread.getName()).isEqualTo("zdd-poll-orders");
          assertThat(thread.isDaemon()).isFalse();
        });
    assertThat(source.givenBack).isEmpty();
  }

  @Test
  void aMessageIsInFlightWhileItIsHandled() throws Exception {
    source.has("a");
    startHolding("a");
    inHandler.await();
    InFlight.Work work = lifecycle.inFlight().work().get(0);
    assertThat(work.method()).isEqualTo("message");
    assertThat(work.target()).isEqualTo("orders");
    release.countDown();
    await().until(() -> source.committed.size() == 1);
    assertThat(lifecycle.inFlight().count()).isZero();
    assertThat(lifecycle.inFlight().begun()).isEqualTo(1);
  }

  @Test
  void itsThreadKeepsTheProcessAliveWhoeverStartsIt() throws Exception {
    Thread starter = new Thread(() -> start(handled::add));
    starter.setDaemon(true);
    starter.start();
    starter.join();
    source.inPoll.acquire();
    assertThat(source.threads.get(0).isDaemon()).isFalse();
  }

  // announce | the thread is in a poll that would block for ever
  @Test
  void announceWakesUpAPollThatBlocks() throws Exception {
    start(handled::add);
    source.inPoll.acquire();

    loop.announce();
    loop.announce();

    awaitEnd();
    assertThat(source.wakeups).hasValue(1);
    assertThat(source.polled).hasValue(1);
    loop.close();
    assertThat(source.closed).hasValue(1);
  }

  @Test
  void aPollThatThrowsBecauseItWasWokenUpIsNoFailure() throws Exception {
    CountDownLatch woken = new CountDownLatch(1);
    source.polls.add(() -> {
      woken.await();
      throw new IllegalStateException("wakeup");
    });
    start(handled::add);
    source.inPoll.acquire();
    loop.announce();
    woken.countDown();
    awaitEnd();
    loop.close();
  }

  // poll has its messages and is about to return | announce | the thread processes them
  @Test
  void whatAPollHadTakenWhenItWasAnnouncedIsProcessedAndCommitted() throws Exception {
    CountDownLatch announced = new CountDownLatch(1);
    source.polls.add(() -> {
      announced.await();
      return List.of("a", "b");
    });
    start(handled::add);
    source.inPoll.acquire();

    loop.announce();
    assertThat(loop.open()).isEqualTo(1);
    announced.countDown();

    awaitEnd();
    assertThat(source.committed).containsExactly("a", "b");
    assertThat(source.polled).hasValue(1);
    loop.close();
  }

  // The same with a client whose wakeup sticks until the next blocking call (Kafka's): that is the
  // commit.
  @Test
  void aWakeupThatHitsTheCommitCostsNothing() throws Exception {
    CountDownLatch announced = new CountDownLatch(1);
    source.polls.add(() -> {
      announced.await();
      source.commitFailures = 1;
      return List.of("a");
    });
    start(handled::add);
    source.inPoll.acquire();
    loop.announce();
    announced.countDown();
    awaitEnd();
    assertThat(source.committed).containsExactly("a");
    assertThat(source.commits).hasValue(2);
    loop.close();
  }

  // a poll has failed, the thread waits to try again | announce: no wakeup, it is in no poll
  @Test
  void leavesAtOnceWhilePollingFails() throws Exception {
    int failures = 6; // then it waits for 3.2 s, and not for 0.1 as after the first
    for (int i = 0; i < failures; i++) {
      source.fails(new IllegalStateException("broker is away"));
    }
    start(message -> {});
    await()
        .pollInterval(Duration.ofMillis(10))
        .until(() ->
            source.polled.get() == failures
                && source.threads.get(0).getState() == Thread.State.TIMED_WAITING);

    loop.announce();

    awaitEnd();
    assertThat(source.wakeups).hasValue(0);
    assertThat(source.polled).hasValue(failures);
    loop.close();
  }

  // the thread is in the handler | announce: no wakeup, which could only hit the commit
  @Test
  void finishesTheBatchItIsInAndAsksForNoOther() throws Exception {
    source.has("a", "b", "c");
    source.has("d");
    startHolding("b");
    inHandler.await();

    loop.announce();

    assertThat(source.wakeups).hasValue(0);
    assertThat(loop.open()).isEqualTo(1);
    release.countDown();
    awaitEnd();
    assertThat(handled).containsExactly("a", "b", "c");
    assertThat(source.committed).containsExactly("a", "b", "c");
    loop.close();
  }

  @Test
  void theShutdownWaitsForTheBatchAndIsClean() throws Exception {
    source.has("a", "b");
    startHolding("a");
    inHandler.await();
    CompletableFuture<DrainReport> done =
        GracefulShutdown.builder(lifecycle)
            .announce(Duration.ZERO)
            .server("orders", loop)
            .close("database", () -> handled.add("database closed"))
            .build()
            .shutdown("test");
    await().until(lifecycle::isLeaving);
    assertThat(done).isNotDone();
    release.countDown();
    assertThat(done.get(20, SECONDS).clean()).isTrue();
    assertThat(handled).containsExactly("a", "b", "database closed");
    assertThat(source.committed).containsExactly("a", "b");
  }

  @Test
  void aHandlerThatHangsIsInterruptedAtCloseAndOnlyWhatWasDoneIsCommitted() throws Exception {
    source.has("a", "b", "c");
    startHolding("b");
    inHandler.await();
    loop.announce();

    Throwable failure = catchThrowable(loop::close);

    assertThat(failure)
        .isInstanceOf(TimeoutException.class)
        .hasMessage("orders: not finished in time; interrupted");
    assertThat(failure.getCause()).hasMessage("zdd-poll-orders stands here");
    assertThat(interrupted).isTrue();
    assertThat(source.committed).containsExactly("a");
    assertThat(source.givenBack).containsExactly("b", "c");
    assertThat(source.closed).hasValue(1);
  }

  @Test
  void aHandlerThatIsCutButFinishesItsMessageBeginsNoOther() throws Exception {
    source.has("a", "b");
    start(message -> {
      inHandler.countDown();
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt(); // and goes on to its end
      }
      handled.add(message);
    });
    inHandler.await();
    loop.announce();
    assertThat(catchThrowable(loop::close)).isInstanceOf(TimeoutException.class);
    // The flag that the handler left up must not make the commit fail.
    assertThat(source.committed).containsExactly("a");
    assertThat(source.commits).hasValue(1);
    assertThat(source.givenBack).containsExactly("b");
  }

  @Test
  void aHandlerThatHeedsNoInterruptIsNamedAndTheSourceLeftToItsThread() throws Exception {
    source.has("a");
    start(message -> {
      inHandler.countDown();
      while (release.getCount() > 0) {
        try {
          release.await();
        } catch (InterruptedException e) {
          interrupted.set(true);
        }
      }
    });
    inHandler.await();
    loop.announce();
    assertThat(catchThrowable(loop::close))
        .hasMessage("orders: not finished in time; interrupted, and still at work");
    assertThat(interrupted).isTrue();
    assertThat(source.closed).hasValue(0);
    assertThat(loop.open()).isEqualTo(1);
  }

  @Test
  void asAClosingStepItGetsTimeToFinish() throws Exception {
    source.has("a", "b");
    startHolding("a");
    inHandler.await();
    CompletableFuture<Throwable> closing =
        CompletableFuture.supplyAsync(() -> catchThrowable(loop::close));
    await().until(() -> source.threads.get(0).getState() == Thread.State.WAITING);
    release.countDown();
    assertThat(closing.get(10, SECONDS)).isNull();
    assertThat(source.committed).containsExactly("a", "b");
    assertThat(interrupted).isFalse();
  }

  @Test
  void anInterruptOfTheCallerCutsAtOnce() throws Exception {
    source.has("a");
    startHolding("a");
    inHandler.await();
    AtomicBoolean failed = new AtomicBoolean();
    Thread closer = new Thread(() -> failed.set(catchThrowable(loop::close) != null));
    closer.start();
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    closer.interrupt();
    closer.join(10_000);
    assertThat(failed).isTrue();
    assertThat(interrupted).isTrue();
  }

  @Test
  void aMessageThatFailsIsGivenBackWithThoseAfterItAndThePauseGrows() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    source.has("a", "bad", "c");
    source.has("bad", "c");
    source.has("bad", "c");
    long before = System.nanoTime();
    start(message -> {
      if (message.equals("bad") && attempts.incrementAndGet() <= 2) {
        throw new NoClassDefFoundError("not today");
      }
      handled.add(message);
    });
    await().until(() -> source.committed.size() == 3);
    // 100 ms after the first failure, 200 after the second.
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(299));
    assertThat(handled).containsExactly("a", "bad", "c");
    assertThat(source.committed).containsExactly("a", "bad", "c");
    assertThat(source.givenBack).containsExactly("bad", "c", "bad", "c");
    // Never with nothing: the second batch has nothing to commit, the third nothing to give back.
    assertThat(source.commits).hasValue(2);
    assertThat(source.givesBack).hasValue(2);
    assertThat(lifecycle.inFlight().count()).isZero();
  }

  @Test
  void aPauseAfterAFailureDoesNotHoldUpTheDrain() throws Exception {
    for (int i = 0; i < 40; i++) {
      source.fails(new IllegalStateException("broker is away"));
    }
    start(handled::add);
    await().until(() -> source.polled.get() >= 6); // 0.1 to 1.6 s have passed; 3.2 s began
    int atT0 = source.polled.get();
    loop.announce();
    await().atMost(Duration.ofSeconds(2)).until(() -> loop.open() == 0);
    assertThat(source.polled).hasValueLessThanOrEqualTo(atT0 + 1);
    assertThat(source.wakeups).hasValueLessThanOrEqualTo(1);
    loop.close();
  }

  @Test
  void aPollThatThrowsIsTriedAgainButNotInABusyLoop() throws Exception {
    source.fails(new IllegalStateException("broker is away"));
    source.fails(new NoClassDefFoundError("an Error does not end the thread"));
    source.has("a");
    source.fails(new IllegalStateException("again"));
    source.has("b");
    long before = System.nanoTime();
    start(handled::add);
    await().until(() -> source.committed.size() == 2);
    // 100 and 200 ms, and, because it worked between, 100 again.
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(399));
    assertThat(handled).containsExactly("a", "b");
  }

  @Test
  void emptyPollsThatReturnAtOnceAreNoBusyLoop() throws Exception {
    for (int i = 0; i < 20; i++) {
      source.has();
    }
    source.has("a");
    long before = System.nanoTime();
    start(handled::add);
    await().until(() -> source.committed.size() == 1);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(199));
    assertThat(source.commits).hasValue(1);
  }

  @Test
  void aCommitThatFailsIsTriedAgain() throws Exception {
    source.commitFailures = 3;
    source.has("a");
    long before = System.nanoTime();
    start(handled::add);
    await().until(() -> source.committed.size() == 1);
    assertThat(Duration.ofNanos(System.nanoTime() - before)).isGreaterThan(Duration.ofMillis(699));
    loop.announce();
    awaitEnd();
    loop.close();
    assertThat(handled).containsExactly("a");
  }

  @Test
  void aCommitThatFailsForGoodInTheDrainIsReported() throws Exception {
    source.commitFailures = 100;
    source.has("a", "b");
    startHolding("a");
    inHandler.await();
    loop.announce();
    release.countDown();
    awaitEnd();
    assertThat(source.commits).hasValue(5);
    assertThatThrownBy(loop::close)
        .hasMessage("orders: not committed, and delivered again: 2 messages");
    assertThat(source.closed).hasValue(1);
  }

  @Test
  void aCommitThatFailedLongBeforeTheDrainIsNotTheDrainsFailure() throws Exception {
    source.commitFailures = 5;
    source.has("a");
    source.has("b");
    start(handled::add);
    await().until(() -> source.committed.size() == 1);
    assertThat(source.committed).containsExactly("b");
    loop.announce();
    awaitEnd();
    loop.close();
  }

  @Test
  void aCommitThatFailsIsNotTriedPastTheCut() throws Exception {
    source.commitFailures = 100;
    source.has("a");
    start(handled::add);
    await().until(() -> source.commits.get() >= 3);
    loop.announce();
    assertThat(catchThrowable(loop::close)).isInstanceOf(TimeoutException.class);
    assertThat(loop.open()).isZero();
    assertThat(source.closed).hasValue(1);
  }

  @Test
  void aSourceThatFailsToCloseIsReported() throws Exception {
    source.closeFailure = new IllegalStateException("session is gone");
    start(handled::add);
    loop.announce();
    awaitEnd();
    assertThatThrownBy(loop::close).isSameAs(source.closeFailure);
  }

  @Test
  void stopsByItselfAndGivesBackWhenTheGateIsClosed() throws Exception {
    lifecycle.inFlight().close();
    source.has("a");
    source.has("b");
    start(handled::add);
    awaitEnd();
    assertThat(handled).isEmpty();
    assertThat(source.givenBack).containsExactly("a");
    assertThat(source.polled).hasValue(1);
    loop.close();
  }

  @Test
  void hasNoDoorAndNothingIdle() {
    start(handled::add);
    loop.unbind();
    assertThat(loop.closeIdle(Duration.ZERO)).isZero();
    assertThat(loop.open()).isEqualTo(1);
  }
}
