package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Probers.Prober;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProbersTest {
  private static final long SECOND = 1_000_000_000L;

  private final AtomicLong now = new AtomicLong(5);
  private final Probers probers = new Probers(now::get);

  @Test
  void tellsWhoAsksAndHowOften() {
    ask("10.0.0.1", "kube-probe/1.34", true);
    now.addAndGet(2 * SECOND);
    ask("10.0.0.1", "kube-probe/1.34", true);
    now.addAndGet(3 * SECOND);

    assertThat(probers.seen())
        .containsExactly(
            new Prober(
                "10.0.0.1",
                "kube-probe/1.34",
                "/ready",
                2,
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                0,
                false));
  }

  @Test
  void whoWaitsIsNotSilentUntilHeIsToldOrHasLeft() {
    Probers.Waiting first = probers.waits("10.0.0.1", "deploy", "/ready");
    Probers.Waiting second = probers.waits("10.0.0.1", "deploy", "/ready");
    now.addAndGet(30 * SECOND);
    assertThat(probers.seen().get(0).quietFor()).isZero();
    assertThat(probers.seen().get(0).waits()).isTrue();
    assertThat(probers.seen().get(0).refusedInARow()).isZero();

    first.told(false);
    second.left();
    now.addAndGet(SECOND);

    assertThat(probers.seen().get(0).quietFor()).isEqualTo(Duration.ofSeconds(1));
    assertThat(probers.seen().get(0).refusedInARow()).isEqualTo(1);
    assertThat(probers.seen().get(0).waits()).isTrue();
  }

  @Test
  void whoAsksWithoutWaitingIsNoLongerOneWhoWaits() {
    probers.waits("10.0.0.1", "a", "/ready").told(true);
    ask("10.0.0.1", "a", true);
    assertThat(probers.seen()).hasSize(1);
    assertThat(probers.seen().get(0).waits()).isFalse();
    assertThat(probers.seen().get(0).asked()).isEqualTo(2);
  }

  @Test
  void toldApartByAddressByUserAgentAndByPath() {
    ask("10.0.0.1", "a", true);
    ask("10.0.0.2", "a", true);
    ask("10.0.0.1", "b", true);
    probers.answered("10.0.0.1", "a", "/ready/db", true);

    assertThat(probers.seen()).hasSize(4).extracting(Prober::asked).containsOnly(1L);
  }

  @Test
  void hasNoIntervalBeforeTheSecondQuestion() {
    ask("10.0.0.1", "a", true);

    assertThat(probers.seen().get(0).interval()).isZero();
  }

  @Test
  void countsRefusalsInARowAndForgetsThemAtAYes() {
    ask("10.0.0.1", "a", false);
    ask("10.0.0.1", "a", false);
    assertThat(probers.seen().get(0).refusedInARow()).isEqualTo(2);

    ask("10.0.0.1", "a", true);
    assertThat(probers.seen().get(0).refusedInARow()).isZero();
    ask("10.0.0.1", "a", false);
    assertThat(probers.seen().get(0).refusedInARow()).isEqualTo(1);
  }

  @Test
  void followsAnIntervalThatChanges() {
    for (int i = 0; i < 10; i++) {
      ask("10.0.0.1", "a", true);
      now.addAndGet(8 * SECOND);
    }
    now.addAndGet(-8 * SECOND);
    assertThat(probers.seen().get(0).interval()).isEqualTo(Duration.ofSeconds(8));

    for (int i = 0; i < 10; i++) {
      now.addAndGet(SECOND);
      ask("10.0.0.1", "a", false);
    }
    assertThat(probers.seen().get(0).interval())
        .isBetween(Duration.ofSeconds(1), Duration.ofSeconds(2));
  }

  @Test
  void anUnknownAddressAndNoUserAgentAreEmpty() {
    probers.answered(null, null, "/ready", false);

    Prober prober = probers.seen().get(0);
    assertThat(prober.address()).isEmpty();
    assertThat(prober.userAgent()).isEmpty();
    assertThat(prober.refusedInARow()).isEqualTo(1);
  }

  @Test
  void aFloodOfStrangersPushesNobodyOutWhoAsksOftener() {
    ask("10.0.0.1", "balancer", true);
    ask("10.0.0.1", "balancer", true);
    for (int i = 0; i < 10_000; i++) {
      now.incrementAndGet();
      ask("10.0.0.9", "stranger-" + i, true);
    }

    assertThat(probers.seen()).hasSize(Probers.MOST);
    assertThat(probers.seen()).extracting(Prober::userAgent).contains("balancer", "stranger-9999");
    assertThat(probers.seen())
        .extracting(Prober::userAgent)
        .as("of those that ask as rarely, the one silent longest makes room")
        .doesNotContain("stranger-0");
  }

  @Test
  void ofThoseThatAskAsRarelyTheOneSilentLongestMakesRoom() {
    for (int i = 0; i < Probers.MOST; i++) {
      ask("10.0.0.9", "agent-" + i, true);
    }
    for (int i = Probers.MOST - 1; i >= 0; i--) {
      now.incrementAndGet();
      ask("10.0.0.9", "agent-" + i, true);
    }
    ask("10.0.0.9", "newcomer", true);

    assertThat(probers.seen())
        .hasSize(Probers.MOST)
        .extracting(Prober::userAgent)
        .contains("newcomer", "agent-0")
        .doesNotContain("agent-" + (Probers.MOST - 1));
  }

  @Test
  void aUserAgentIsRememberedByItsBeginning() {
    String endless = "x".repeat(100_000);
    ask("10.0.0.1", endless, true);
    ask("10.0.0.1", endless + "y", true);

    assertThat(probers.seen()).hasSize(1);
    assertThat(probers.seen().get(0).userAgent()).hasSize(200);
    assertThat(probers.seen().get(0).asked()).isEqualTo(2);
  }

  @Test
  void remembersEachOnceWhenManyAskForTheFirstTimeAtOnce() {
    Race.among(4, i -> ask("10.0.0.1", "a", false));

    assertThat(probers.seen()).hasSize(1);
  }

  private void ask(String address, String userAgent, boolean ready) {
    probers.answered(address, userAgent, "/ready", ready);
  }
}
