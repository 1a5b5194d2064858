package dev.zdd.health;

import static java.time.Duration.ofMillis;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * The schedule and the state of a check against a {@linkplain CheckModel simple model}: any order
 * of results, any time that a run takes, and hangs that outlast their timeout and the next runs.
 */
class CheckRunnerModelTest {
  /** What a run finds, and how long it takes for it. */
  record Run(Status result, boolean thrown, Duration takes) {}

  @Property(tries = 400)
  void followsTheModel(
      @ForAll Probe probe, @ForAll("options") CheckOptions options, @ForAll("runs") List<Run> runs)
      throws Exception {
    // Each hang logs its stack: hundreds of them for nobody to read.
    try (CapturedLog log = new CapturedLog()) {
      new Course(probe, options, runs.iterator()).run();
      log.discard();
    }
  }

  @Example
  void checksAreDueTogetherInAboutFifteenMomentsOfTheirJitter() throws Exception {
    FakeTicker ticker = new FakeTicker();
    VirtualTimer timer = new VirtualTimer(ticker);
    Set<Long> moments = new HashSet<>();
    for (int i = 0; i < 300; i++) {
      CheckRegistration check =
          new CheckRegistration(
              Probe.READINESS, "check-" + i, HealthResult::up, CheckOptions.DEFAULTS);
      CheckRunner runner =
          new CheckRunner(check, timer, timer, ticker, (it, outcome, took, change) -> {});
      runner.start();
      timer.handedIn().run();
      timer.handedIn().run();
      moments.add(requireNonNull(runner.snapshot().nextRunAt()));
    }
    // 300 draws meet all of 15 moments or so; without them no two draws are the same.
    assertThat(moments.size()).isBetween(13, 17);
  }

  @Provide
  Arbitrary<CheckOptions> options() {
    return Combinators.combine(
            Arbitraries.integers().between(1, 50),
            Arbitraries.integers().between(1, 50),
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(1, 4),
            Arbitraries.integers().between(1, 60))
        .as((every, timeout, failures, successes, recheck) ->
            CheckOptions.DEFAULTS
                .every(ofMillis(100L * Math.max(every, timeout)))
                .timeout(ofMillis(100L * timeout))
                .failuresToDown(failures)
                .successesToUp(successes)
                .recheck(ofMillis(100L * recheck)));
  }

  @Provide
  Arbitrary<List<Run>> runs() {
    Arbitrary<Status> result = Arbitraries.of(Status.UP, Status.UP, Status.DEGRADED, Status.DOWN);
    // Mostly quick, sometimes longer than a timeout, sometimes than several intervals.
    Arbitrary<Integer> takes =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.integers().between(0, 99)),
            Tuple.of(2, Arbitraries.integers().between(0, 6_000)),
            Tuple.of(1, Arbitraries.integers().between(5_000, 40_000)));
    return Combinators.combine(result, Arbitraries.of(true, false), takes)
        // Not a whole number of milliseconds, so that no run ends in the moment of its timeout.
        .as((status, thrown, millis) ->
            new Run(status, thrown && status == Status.DOWN, ofMillis(millis).plusNanos(7)))
        .list()
        .ofMinSize(1)
        .ofMaxSize(25);
  }

  /** One life of a check, in virtual time. */
  private static final class Course {
    private final FakeTicker ticker = new FakeTicker();
    private final VirtualTimer timer = new VirtualTimer(ticker);
    private final SynchronousQueue<Run> ends = new SynchronousQueue<>();
    private final SynchronousQueue<Boolean> begins = new SynchronousQueue<>();
    private final CheckOptions options;
    private final Iterator<Run> runs;
    private final CheckModel model;
    private final CheckRunner runner;
    private @Nullable Run current;
    private long currentEnds;
    private long timeoutAt;
    private boolean timedOut;
    private long due;

    Course(Probe probe, CheckOptions options, Iterator<Run> runs) {
      this.options = options;
      this.runs = runs;
      this.model = new CheckModel(probe, options);
      CheckRegistration check = new CheckRegistration(probe, "db", this::check, options);
      this.runner = new CheckRunner(check, timer, timer, ticker, (it, outcome, took, change) -> {});
    }

    /** On the check's own thread. A hang does not mind that it is interrupted. */
    private HealthResult check() throws Exception {
      put(begins, true);
      Run run = take(ends);
      if (run.thrown) {
        throw new IllegalStateException("thrown");
      }
      return run.result == Status.UP
          ? HealthResult.up()
          : new HealthResult(run.result, "found " + run.result);
    }

    void run() throws Exception {
      runner.start();
      timer.handedIn().run();
      hasBegun();
      agrees();
      while (current != null || (timer.nextAt() != null && runs.hasNext())) {
        Long next = timer.nextAt();
        if (current != null && (next == null || currentEnds <= next)) {
          moveTo(currentEnds);
          ends();
        } else {
          moveTo(next);
          elapses();
        }
        agrees();
      }
      assertThat(timer.nextAt() == null).isEqualTo(model.isOver());
    }

    private void elapses() throws Exception {
      boolean isTimeout = current != null && !timedOut && ticker.read() == timeoutAt;
      timer.runNext();
      if (isTimeout) {
        timedOut = true;
        model.reachesItsTimeout();
      } else if (current != null) {
        due = ticker.read();
        model.isStillRunning();
      } else {
        hasBegun();
      }
    }

    private void hasBegun() throws Exception {
      assertThat(begins.poll(10, TimeUnit.SECONDS)).isTrue();
      current = runs.next();
      due = ticker.read();
      currentEnds = due + current.takes.toNanos();
      timeoutAt = due + options.timeout().toNanos();
      timedOut = false;
      model.begins(due);
    }

    private void ends() throws Exception {
      Run run = requireNonNull(current);
      put(ends, run);
      timer.handedIn().run();
      current = null;
      model.ends(run.result);
    }

    private void moveTo(@Nullable Long at) {
      ticker.advance(Duration.ofNanos(requireNonNull(at) - ticker.read()));
    }

    private void agrees() {
      CheckSnapshot snapshot = runner.snapshot();
      assertThat(snapshot.status()).isEqualTo(model.status());
      assertThat(snapshot.consecutiveFailures()).isEqualTo(model.consecutiveFailures());
      assertThat(snapshot.runningSince() != null).isEqualTo(model.isRunning());
      assertThat(timer.hasMail()).isFalse();
      Long next = snapshot.nextRunAt();
      if (next == null) {
        return;
      }
      // When it looks again: soon while a change is pending, else an interval after it began.
      long now = ticker.read();
      if (snapshot.resultAt() != now) {
        return; // A run that was late has ended; the next one is where it was.
      }
      if (model.isPending()) {
        assertThat(next - now)
            .isEqualTo(Math.min(options.recheck().toNanos(), options.every().toNanos()));
      } else {
        long every = options.every().toNanos();
        assertThat(next)
            .isBetween(Math.max(now, due + every * 8 / 10), Math.max(now, due + every * 12 / 10));
      }
    }

    private static <T> void put(SynchronousQueue<T> queue, T item) throws InterruptedException {
      for (boolean done = false; !done; ) {
        try {
          done = queue.offer(item, 10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
          done = false; // By the timeout: a hang goes on.
        }
      }
    }

    private static <T> T take(SynchronousQueue<T> queue) {
      while (true) {
        try {
          T item = queue.poll(10, TimeUnit.SECONDS);
          if (item != null) {
            return item;
          }
        } catch (InterruptedException e) {
          continue; // By the timeout: a hang goes on.
        }
      }
    }
  }
}
