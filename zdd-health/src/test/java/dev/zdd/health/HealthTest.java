package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle;
import dev.zdd.testing.CapturedLog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HealthTest {
  private static final UnaryOperator<CheckOptions> QUICK =
      c -> c.every(ofMillis(400)).timeout(ofMillis(400)).recheck(ofMillis(20));

  private final Lifecycle lifecycle = new Lifecycle();
  private final Health.Builder builder = Health.builder(lifecycle);
  private final AtomicBoolean release = new AtomicBoolean();
  private Health health = Health.builder(lifecycle).start();

  @AfterEach
  void stop() {
    release.set(true);
    health.close();
  }

  @Test
  void isNotReadyBeforeTheFirstResultNorBeforeTheLifecycleIs() {
    CountDownLatch answer = new CountDownLatch(1);
    start(
        builder
            .readiness("db", () -> awaited(answer), c -> c.timeout(ofSeconds(5)))
            .startup("cache", () -> awaited(answer), c -> c.timeout(ofSeconds(5)))
            .liveness("loop", () -> awaited(answer)));
    lifecycle.ready();
    assertThat(status(Probe.READINESS)).isEqualTo(Status.UNKNOWN);
    assertThat(status(Probe.STARTUP)).isEqualTo(Status.UNKNOWN);
    assertThat(status(Probe.LIVENESS)).isEqualTo(Status.UP);

    answer.countDown();
    await().until(() -> status(Probe.READINESS) == Status.UP);
    await().until(() -> status(Probe.STARTUP) == Status.UP);
  }

  @Test
  void readinessFollowsTheLifecycleAtOnceAndLivenessDoesNot() {
    start(builder.readiness("db", HealthResult::up).liveness("loop", HealthResult::up));
    await().until(() -> check(Probe.READINESS).status() == Status.UP);
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DOWN);
    lifecycle.ready();
    assertThat(status(Probe.READINESS)).isEqualTo(Status.UP);
    lifecycle.drain("SIGTERM");
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DOWN);
    assertThat(status(Probe.LIVENESS)).isEqualTo(Status.UP);
    lifecycle.stop("done");
    assertThat(status(Probe.LIVENESS)).isEqualTo(Status.UP);
  }

  @Test
  void whatHasStartedStaysStarted() {
    AtomicInteger runs = new AtomicInteger();
    AtomicBoolean warm = new AtomicBoolean();
    start(
        builder.startup(
            "cache",
            () -> {
              runs.incrementAndGet();
              return HealthResult.upIf(warm.get(), "cold");
            },
            QUICK));
    lifecycle.ready();
    await().until(() -> status(Probe.STARTUP) == Status.DOWN);
    warm.set(true);
    await().until(() -> status(Probe.STARTUP) == Status.UP);
    int until = runs.get();
    warm.set(false);
    lifecycle.drain("SIGTERM");
    assertThat(status(Probe.STARTUP)).isEqualTo(Status.UP);
    await().during(ofMillis(500)).until(() -> runs.get() == until);
    assertThat(status(Probe.STARTUP)).isEqualTo(Status.UP);
  }

  @Test
  void aProcessThatDrainsBeforeItWasReadyHasNotStarted() {
    start(builder);
    lifecycle.drain("SIGTERM");
    assertThat(status(Probe.STARTUP)).isEqualTo(Status.DOWN);
  }

  @Test
  void theFirstRunsAreInParallelAndAtOnce() {
    CyclicBarrier together = new CyclicBarrier(3);
    HealthCheck meets =
        () -> {
          together.await(5, TimeUnit.SECONDS);
          return HealthResult.up();
        };
    UnaryOperator<CheckOptions> slow = c -> c.every(ofSeconds(60)).timeout(ofSeconds(10));
    start(
        builder.readiness("a", meets, slow).readiness("b", meets, slow).startup("c", meets, slow));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.UP && status(Probe.STARTUP) == Status.UP);
  }

  @Test
  void anOptionalCheckDegradesAtWorst() {
    start(builder.readiness("sessions", () -> HealthResult.down("gone"), CheckOptions::optional));
    lifecycle.ready();
    await().until(() -> check(Probe.READINESS).status() == Status.DOWN);
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DEGRADED);
  }

  @ParameterizedTest
  @ValueSource(
      classes = {NoClassDefFoundError.class, OutOfMemoryError.class, IllegalStateException.class})
  void whateverACheckThrowsIsAFailureAndTheScheduleGoesOn(Class<? extends Throwable> type) {
    AtomicBoolean broken = new AtomicBoolean();
    start(
        builder.readiness(
            "db",
            () -> {
              if (broken.get()) {
                HealthTest.<RuntimeException>sneak(type.getDeclaredConstructor().newInstance());
              }
              return HealthResult.up();
            },
            QUICK));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.UP);
    broken.set(true);
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    assertThat(check(Probe.READINESS).reason()).isEqualTo(type.getSimpleName());
    broken.set(false);
    await().until(() -> status(Probe.READINESS) == Status.UP);
  }

  @Test
  @SuppressWarnings("NullAway")
  void aNullResultIsAFailure() {
    start(builder.readiness("db", () -> null, QUICK));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    assertThat(check(Probe.READINESS).reason()).contains("null");
  }

  @Test
  void aCheckThatLeavesTheInterruptFlagSetRunsOn() {
    AtomicInteger runs = new AtomicInteger();
    AtomicInteger foundInterrupted = new AtomicInteger();
    start(
        builder.readiness(
            "db",
            () -> {
              runs.incrementAndGet();
              if (Thread.currentThread().isInterrupted()) {
                foundInterrupted.incrementAndGet();
              }
              Thread.currentThread().interrupt();
              return HealthResult.up();
            },
            QUICK));
    lifecycle.ready();
    await().until(() -> runs.get() >= 4);
    assertThat(status(Probe.READINESS)).isEqualTo(Status.UP);
    assertThat(foundInterrupted).hasValue(0);
  }

  @Test
  void aHungCheckFailsAtItsTimeoutAndIsNotStartedAgainWhileItRuns() {
    AtomicBoolean hang = new AtomicBoolean();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    AtomicInteger runs = new AtomicInteger();
    try (CapturedLog log = new CapturedLog()) {
      start(
          builder.readiness(
              "db",
              () -> {
                runs.incrementAndGet();
                most.accumulateAndGet(running.incrementAndGet(), Math::max);
                if (hang.get()) {
                  hangWhateverInterrupts();
                }
                running.decrementAndGet();
                return HealthResult.up();
              },
              QUICK));
      lifecycle.ready();
      await().until(() -> status(Probe.READINESS) == Status.UP);
      hang.set(true);
      await().until(() -> status(Probe.READINESS) == Status.DOWN);
      int until = runs.get();
      await().until(() -> check(Probe.READINESS).consecutiveFailures() >= 6);
      assertThat(runs).hasValue(until);
      assertThat(check(Probe.READINESS).runningSince()).isNotNull();
      assertThat(check(Probe.READINESS).reason()).startsWith("still running after");
      assertThat(log.count("has not answered within 0.4 s")).isEqualTo(1);
      assertThat(log.count("hangWhateverInterrupts")).isEqualTo(1);
      assertThat(log.count("health check db (readiness) is down (was up for")).isEqualTo(1);

      hang.set(false);
      release.set(true);
      await().until(() -> status(Probe.READINESS) == Status.UP);
      assertThat(check(Probe.READINESS).lastSuccess()).isNotNull();
      assertThat(most).hasValue(1);
    }
  }

  @Test
  void aRunIsInterruptedAtItsTimeoutUnlessToldNotTo() {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger interrupted = new AtomicInteger();
    AtomicInteger spared = new AtomicInteger();
    start(
        builder
            .readiness("db", () -> interruptible(never, interrupted), QUICK)
            .readiness(
                "files", () -> interruptible(never, spared), c -> QUICK.apply(c).uninterrupted()));
    await().until(() -> interrupted.get() >= 2);
    assertThat(spared).hasValue(0);
    never.countDown();
  }

  @Test
  void aLateResultIsDiscarded() {
    start(
        builder.readiness(
            "db",
            () -> {
              hangWhateverInterrupts();
              return HealthResult.up();
            },
            c -> c.every(ofSeconds(60)).timeout(ofMillis(200)).recheck(ofSeconds(60))));
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    release.set(true);
    await().until(() -> check(Probe.READINESS).runningSince() == null);
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DOWN);
    assertThat(check(Probe.READINESS).lastSuccess()).isNull();
  }

  @Test
  void tellsEachListenerOnceAndInOrderWhateverAnotherThrows() {
    List<HealthChange> told = Collections.synchronizedList(new ArrayList<>());
    AtomicReference<HealthResult> answer = new AtomicReference<>(HealthResult.up());
    start(
        builder.readiness(
            "db",
            answer::get,
            c -> c.every(ofSeconds(1)).timeout(ofSeconds(1)).recheck(ofMillis(20))));
    await().until(() -> check(Probe.READINESS).status() == Status.UP);
    health.onChange(change -> {
      throw new AssertionError("a listener's own problem");
    });
    health.onChange(told::add);
    try (CapturedLog log = new CapturedLog()) {
      answer.set(HealthResult.down("refused"));
      await().until(() -> check(Probe.READINESS).status() == Status.DOWN);
      answer.set(HealthResult.degraded("full"));
      await().until(() -> check(Probe.READINESS).status() == Status.DEGRADED);
      answer.set(HealthResult.up());
      await().until(() -> check(Probe.READINESS).status() == Status.UP);
      await().during(ofMillis(300)).until(() -> told.size() == 3);
      assertThat(log.count("a health listener failed; the others are told all the same"))
          .isEqualTo(3);
      assertThat(log.text()).contains("a listener's own problem");
      log.discard();
    }
    assertThat(told)
        .extracting(HealthChange::to)
        .containsExactly(Status.DOWN, Status.DEGRADED, Status.UP);
    assertThat(told.get(0).reason()).isEqualTo("refused");
  }

  /** The second change is published and waits for its turn while the listener is registered. */
  @Test
  void tellsAListenerNothingThatASnapshotShowedBefore() {
    List<HealthChange> told = Collections.synchronizedList(new ArrayList<>());
    AtomicReference<HealthResult> answer = new AtomicReference<>(HealthResult.up());
    start(builder.readiness("db", answer::get, c -> c.every(ofMillis(50)).timeout(ofMillis(50))));
    await().until(() -> check(Probe.READINESS).status() == Status.UP);
    CountDownLatch hanging = new CountDownLatch(1);
    health.onChange(change -> {
      hanging.countDown();
      hangWhateverInterrupts();
    });
    answer.set(HealthResult.degraded("full"));
    await().until(() -> hanging.getCount() == 0);
    answer.set(HealthResult.up());
    await().until(() -> check(Probe.READINESS).status() == Status.UP);
    health.onChange(told::add);
    answer.set(HealthResult.degraded("full again"));
    await().until(() -> check(Probe.READINESS).status() == Status.DEGRADED);
    release.set(true);
    await().until(() -> !told.isEmpty());
    assertThat(told.get(0).to()).isEqualTo(Status.DEGRADED);
  }

  @Test
  void aListenerThatHangsHoldsUpNoCheck() {
    AtomicInteger runs = new AtomicInteger();
    AtomicBoolean up = new AtomicBoolean(true);
    start(
        builder.readiness(
            "db",
            () -> {
              runs.incrementAndGet();
              return HealthResult.upIf(up.get(), "refused");
            },
            QUICK));
    health.onChange(change -> hangWhateverInterrupts());
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.UP);
    up.set(false);
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    up.set(true);
    await().until(() -> status(Probe.READINESS) == Status.UP);
  }

  @Test
  void closingStopsTheScheduleAndInterruptsWhatRuns() {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger interrupted = new AtomicInteger();
    AtomicInteger runs = new AtomicInteger();
    start(
        builder
            .readiness(
                "slow",
                () -> interruptible(never, interrupted),
                c -> c.every(ofSeconds(60)).timeout(ofSeconds(60)))
            .liveness(
                "loop",
                () -> {
                  runs.incrementAndGet();
                  return HealthResult.up();
                },
                QUICK));
    lifecycle.ready();
    await().until(() -> runs.get() > 1 && check(Probe.READINESS).runningSince() != null);
    health.close();
    await().until(() -> interrupted.get() == 1);
    int until = runs.get();
    await().during(ofMillis(500)).until(() -> runs.get() <= until + 1);
    assertThat(status(Probe.READINESS)).isEqualTo(Status.DOWN);
    assertThat(status(Probe.LIVENESS)).isEqualTo(Status.UP);
  }

  @Test
  void runsChecksOnVirtualThreadsWhereThereAreAnyAndElseOnDaemons() {
    AtomicReference<String> thread = new AtomicReference<>("");
    start(
        builder.readiness(
            "db",
            () -> {
              Thread current = Thread.currentThread();
              thread.set(current + " daemon=" + current.isDaemon());
              return HealthResult.up();
            }));
    await().until(() -> !thread.get().isEmpty());
    boolean virtual = Runtime.version().feature() >= 21;
    assertThat(thread.get())
        .startsWith(virtual ? "VirtualThread" : "Thread[zdd-health db (readiness)")
        .endsWith("daemon=true");
  }

  @Test
  void findsADeadlock() throws Exception {
    LocalCheck check = Checks.deadlock();
    assertThat(check.check().status()).isEqualTo(Status.UP);

    // Deadlocked in lockInterruptibly, so that the threads can be set free again.
    var left = new java.util.concurrent.locks.ReentrantLock();
    var right = new java.util.concurrent.locks.ReentrantLock();
    CyclicBarrier bothHold = new CyclicBarrier(2);
    Thread one = new Thread(() -> lockBoth(left, right, bothHold));
    Thread two = new Thread(() -> lockBoth(right, left, bothHold));
    one.start();
    two.start();
    await().until(() -> check.check().status() == Status.DOWN);
    assertThat(check.check().reason()).isEqualTo("2 threads are deadlocked");
    one.interrupt();
    one.join();
    two.join();
    assertThat(check.check().status()).isEqualTo(Status.UP);
  }

  private void start(Health.Builder configured) {
    health.close();
    health = configured.start();
  }

  private Status status(Probe probe) {
    return health.snapshot(probe).status();
  }

  private CheckSnapshot check(Probe probe) {
    return health.snapshot(probe).checks().get(0);
  }

  private void hangWhateverInterrupts() {
    while (!release.get()) {
      LockSupport.parkNanos(1_000_000);
      Thread.interrupted();
    }
  }

  private static HealthResult awaited(CountDownLatch latch) throws InterruptedException {
    return HealthResult.upIf(latch.await(10, TimeUnit.SECONDS), "waited too long");
  }

  private static HealthResult interruptible(CountDownLatch latch, AtomicInteger interrupted)
      throws InterruptedException {
    try {
      latch.await();
      return HealthResult.up();
    } catch (InterruptedException e) {
      interrupted.incrementAndGet();
      throw e;
    }
  }

  private static void lockBoth(
      java.util.concurrent.locks.Lock first,
      java.util.concurrent.locks.Lock second,
      CyclicBarrier bothHold) {
    first.lock();
    try {
      bothHold.await();
      second.lockInterruptibly();
      second.unlock();
    } catch (Exception e) {
      Thread.currentThread().interrupt();
    } finally {
      first.unlock();
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable t) throws T {
    throw (T) t;
  }
}
