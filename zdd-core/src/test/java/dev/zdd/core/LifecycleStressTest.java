package dev.zdd.core;

import static dev.zdd.core.Lifecycle.State.DRAINING;
import static dev.zdd.core.Lifecycle.State.READY;
import static dev.zdd.core.Lifecycle.State.STARTING;
import static dev.zdd.core.Lifecycle.State.STOPPED;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle.Transition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Transitions and registrations on several threads at once. */
class LifecycleStressTest {
  @Test
  void eachTransitionHappensOnceAmongManyThreads() {
    for (int round = 0; round < 300; round++) {
      Lifecycle lifecycle = new Lifecycle();
      List<Transition> told = new ArrayList<>(); // plain: one listener runs at a time
      lifecycle.onTransition(told::add);
      AtomicInteger ready = new AtomicInteger();
      AtomicInteger drained = new AtomicInteger();
      AtomicInteger stopped = new AtomicInteger();

      Race.among(
          6,
          number -> {
            switch (number % 3) {
              case 0 -> count(lifecycle.ready(), ready);
              case 1 -> count(lifecycle.drain("SIGTERM"), drained);
              default -> {
                count(lifecycle.drain("stop"), drained);
                count(lifecycle.stop("stop"), stopped);
              }
            }
          });

      assertThat(lifecycle.state()).isEqualTo(STOPPED);
      assertThat(ready.get()).isLessThanOrEqualTo(1);
      assertThat(drained).hasValue(1);
      assertThat(stopped).hasValue(1);
      assertThat(told).hasSize(ready.get() + 2);
      assertThat(told.get(0).from()).isEqualTo(STARTING);
      for (int i = 1; i < told.size(); i++) {
        assertThat(told.get(i).from()).isEqualTo(told.get(i - 1).to());
      }
    }
  }

  private static void count(boolean happened, AtomicInteger counter) {
    if (happened) {
      counter.incrementAndGet();
    }
  }

  @Test
  void tellsAListenerEverythingOnceAndInOrderWheneverItIsRegistered() {
    for (int round = 0; round < 200; round++) {
      Lifecycle lifecycle = new Lifecycle();
      List<List<Transition>> heard = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        heard.add(new ArrayList<>());
      }
      AtomicBoolean inside = new AtomicBoolean();
      AtomicBoolean twoAtATime = new AtomicBoolean();

      Race.among(
          4,
          number -> {
            if (number == 3) {
              lifecycle.ready();
              Thread.yield();
              lifecycle.drain("SIGTERM");
              Thread.yield();
              lifecycle.stop("done");
              return;
            }
            for (int i = number; i < heard.size(); i += 3) {
              List<Transition> mine = heard.get(i);
              lifecycle.onTransition(transition -> {
                if (inside.getAndSet(true)) {
                  twoAtATime.set(true);
                }
                mine.add(transition);
                inside.set(false);
              });
            }
          });

      assertThat(twoAtATime).isFalse();
      assertThat(heard)
          .allSatisfy(each ->
              assertThat(each)
                  .extracting(Transition::to)
                  .containsExactly(READY, DRAINING, STOPPED));
    }
  }

  /**
   * The hand-over of the telling: one thread finds nothing more to tell and is about to leave, the
   * other adds an entry and still sees it there. Many short races, because a later entry would
   * bring a forgotten one along.
   */
  @Test
  void leavesNobodyUntoldWhenTwoThreadsMeet() {
    Lifecycle[] lifecycles = new Lifecycle[2]; // this round's, and the one before's
    AtomicInteger told = new AtomicInteger();

    int rounds =
        Race.pairs(
            Duration.ofSeconds(1),
            round -> {
              lifecycles[round % 2] = new Lifecycle();
              lifecycles[round % 2].ready();
            },
            (number, round) ->
                lifecycles[round % 2].onTransition(transition -> told.incrementAndGet()));

    assertThat(told).hasValue(2 * rounds);
  }
}
