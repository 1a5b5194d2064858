package dev.zdd.core;

import static dev.zdd.core.Lifecycle.State.DRAINING;
import static dev.zdd.core.Lifecycle.State.READY;
import static dev.zdd.core.Lifecycle.State.STARTING;
import static dev.zdd.core.Lifecycle.State.STOPPED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.Lifecycle.State;
import dev.zdd.core.Lifecycle.Transition;
import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

// On a thread of its own: a test that hangs on a lock cannot be interrupted.
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LifecycleTest {
  private static final Transition TO_READY =
      new Transition(STARTING, READY, "application is ready");
  private static final Transition TO_DRAINING = new Transition(READY, DRAINING, "SIGTERM");
  private static final Transition TO_STOPPED = new Transition(DRAINING, STOPPED, "done");

  private final Lifecycle lifecycle = new Lifecycle();
  private final List<Object> told = new ArrayList<>();

  // The states

  @Test
  void beginsInStarting() {
    assertThat(lifecycle.state()).isEqualTo(STARTING);
    assertThat(lifecycle.isLeaving()).isFalse();
  }

  @Test
  void leadsFromStartingThroughReadyAndDrainingToStopped() {
    assertThat(lifecycle.ready()).isTrue();
    assertThat(lifecycle.state()).isEqualTo(READY);
    assertThat(lifecycle.isLeaving()).isFalse();

    assertThat(lifecycle.drain("SIGTERM")).isTrue();
    assertThat(lifecycle.state()).isEqualTo(DRAINING);
    assertThat(lifecycle.isLeaving()).isTrue();

    assertThat(lifecycle.stop("done")).isTrue();
    assertThat(lifecycle.state()).isEqualTo(STOPPED);
    assertThat(lifecycle.isLeaving()).isTrue();
  }

  @Test
  void neverLeadsBack() {
    lifecycle.onTransition(told::add);
    lifecycle.ready();
    assertThat(lifecycle.ready()).isFalse();
    lifecycle.drain("SIGTERM");
    assertThat(lifecycle.ready()).isFalse();
    assertThat(lifecycle.drain("SIGTERM again")).isFalse();
    assertThat(lifecycle.state()).isEqualTo(DRAINING);
    lifecycle.stop("done");
    assertThat(lifecycle.ready()).isFalse();
    assertThat(lifecycle.drain("SIGTERM again")).isFalse();
    assertThat(lifecycle.stop("again")).isFalse();

    assertThat(lifecycle.state()).isEqualTo(STOPPED);
    assertThat(told).containsExactly(TO_READY, TO_DRAINING, TO_STOPPED);
  }

  @Test
  void drainsFromStartingWhenToldToStopWhileItStarts() {
    lifecycle.onTransition(told::add);

    assertThat(lifecycle.drain("SIGTERM")).isTrue();
    assertThat(lifecycle.ready()).isFalse();
    assertThat(told).containsExactly(new Transition(STARTING, DRAINING, "SIGTERM"));
  }

  @Test
  void stopsFromAnyStateInOneTransition() {
    lifecycle.onTransition(told::add);
    lifecycle.ready();

    assertThat(lifecycle.stop("done")).isTrue();
    assertThat(told).containsExactly(TO_READY, new Transition(READY, STOPPED, "done"));
  }

  @Test
  void namesWhatIsMissing() {
    assertThatThrownBy(() -> lifecycle.drain(null)).hasMessage("reason");
    assertThatThrownBy(() -> lifecycle.stop(null)).hasMessage("reason");
    assertThatThrownBy(() -> lifecycle.onTransition(null)).hasMessage("listener");
    assertThat(lifecycle.state()).isEqualTo(STARTING);
  }

  @Test
  void carriesWhatIsLongLivedAndWhoAsks() {
    lifecycle.longLived().open(() -> told.add("goodbye"));
    lifecycle.longLived().leave().forEach(Runnable::run);
    assertThat(told).containsExactly("goodbye");

    lifecycle.probers().answered("10.0.0.1", "balancer", "/ready", true);
    assertThat(lifecycle.probers().seen()).hasSize(1);
  }

  @Test
  void countsWhatIsInFlightByItsTicker() {
    AtomicLong nanos = new AtomicLong();
    Lifecycle lifecycle = new Lifecycle(nanos::get);
    lifecycle.inFlight().begin("GET", "/");
    nanos.set(Duration.ofSeconds(3).toNanos());

    assertThat(lifecycle.inFlight()).isSameAs(lifecycle.inFlight());
    assertThat(lifecycle.inFlight().work())
        .extracting(InFlight.Work::age)
        .containsExactly(Duration.ofSeconds(3));
  }

  // The listeners

  @Test
  void tellsListenersInTheOrderOfTheirRegistration() {
    lifecycle.onTransition(transition -> told.add("first " + transition.to()));
    lifecycle.onTransition(transition -> told.add("second " + transition.to()));
    lifecycle.ready();
    lifecycle.drain("SIGTERM");

    assertThat(told)
        .containsExactly("first READY", "second READY", "first DRAINING", "second DRAINING");
  }

  @Test
  void tellsALateListenerOfWhatItMissed() {
    lifecycle.ready();
    lifecycle.drain("SIGTERM");
    lifecycle.onTransition(told::add);
    assertThat(told).containsExactly(TO_READY, TO_DRAINING);

    lifecycle.stop("done");
    assertThat(told).containsExactly(TO_READY, TO_DRAINING, TO_STOPPED);
  }

  @Test
  void stateIsReachedBeforeAnyListenerIsTold() {
    lifecycle.onTransition(transition -> told.add(lifecycle.state()));
    lifecycle.ready();

    assertThat(told).containsExactly(READY);
  }

  @Test
  void keepsTheOrderWhenAListenerItselfCausesATransition() {
    List<State> inside = new ArrayList<>();
    lifecycle.onTransition(transition -> {
      inside.add(transition.to());
      assertThat(inside).as("no call within a call").hasSize(1);
      told.add("first " + transition.to());
      if (transition.to() == READY) {
        assertThat(lifecycle.drain("SIGTERM")).isTrue();
        assertThat(lifecycle.stop("done")).isTrue();
      }
      inside.clear();
    });
    lifecycle.onTransition(transition -> told.add("second " + transition.to()));

    lifecycle.ready();

    assertThat(told)
        .containsExactly(
            "first READY",
            "second READY",
            "first DRAINING",
            "second DRAINING",
            "first STOPPED",
            "second STOPPED");
  }

  @Test
  void aListenerMayRegisterAnother() {
    lifecycle.onTransition(transition -> {
      told.add("first " + transition.to());
      if (transition.to() == READY) {
        lifecycle.onTransition(later -> told.add("second " + later.to()));
      }
    });

    lifecycle.ready();
    lifecycle.drain("SIGTERM");

    assertThat(told)
        .containsExactly("first READY", "second READY", "first DRAINING", "second DRAINING");
  }

  @Test
  void logsWhatAListenerThrowsAndTellsTheNext() {
    lifecycle.onTransition(transition -> {
      throw new IllegalStateException("broken listener");
    });
    lifecycle.onTransition(transition -> {
      throw new NoClassDefFoundError("missing/Type");
    });
    lifecycle.onTransition(told::add);

    String logged = logOf(() -> assertThat(lifecycle.ready()).isTrue());

    assertThat(told).containsExactly(TO_READY);
    assertThat(logged)
        .containsSubsequence(
            "a lifecycle listener failed",
            "IllegalStateException: broken listener",
            "a lifecycle listener failed",
            "NoClassDefFoundError: missing/Type");
  }

  @Test
  void aListenerThatThrowsIsToldOfTheNextTransition() {
    lifecycle.onTransition(transition -> {
      told.add(transition.to());
      throw new IllegalStateException("broken listener");
    });

    logOf(() -> {
      lifecycle.ready();
      lifecycle.drain("SIGTERM");
    });

    assertThat(told).containsExactly(READY, DRAINING);
  }

  @Test
  void tellsTheNextEvenIfWhatAListenerThrowsCannotBeLogged() {
    class Unprintable extends RuntimeException {
      private static final long serialVersionUID = 1;

      @Override
      public String getMessage() {
        throw new UnsupportedOperationException("no message");
      }
    }
    lifecycle.onTransition(transition -> {
      throw new Unprintable();
    });
    lifecycle.onTransition(told::add);

    String logged = logOf(() -> assertThat(lifecycle.ready()).isTrue());

    assertThat(told).containsExactly(TO_READY);
    assertThat(logged).contains("a lifecycle listener failed").contains("Unprintable");
  }

  @Test
  void holdsNoLockWhileAListenerRuns() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    lifecycle.onTransition(transition -> {
      if (transition.to() == READY) {
        entered.countDown();
        awaitUninterrupted(release);
      }
      told.add("first " + transition.to());
    });
    Thread blocked = new Thread(lifecycle::ready, "blocked-in-a-listener");
    blocked.setDaemon(true);
    blocked.start();
    assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();

    // All of it here, while the other thread is inside the listener.
    assertThat(lifecycle.state()).isEqualTo(READY);
    assertThat(lifecycle.ready()).isFalse();
    lifecycle.onTransition(transition -> told.add("second " + transition.to()));
    assertThat(lifecycle.drain("SIGTERM")).isTrue();
    assertThat(lifecycle.state()).isEqualTo(DRAINING);
    assertThat(told).as("one listener at a time").isEmpty();

    release.countDown();
    blocked.join();
    assertThat(told)
        .containsExactly("first READY", "second READY", "first DRAINING", "second DRAINING");
  }

  private static String logOf(Runnable body) {
    try (CapturedLog log = new CapturedLog()) {
      body.run();
      return log.text();
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
