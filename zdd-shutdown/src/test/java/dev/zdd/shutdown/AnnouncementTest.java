package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.Probers;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The decision alone, on a clock that the test moves in the steps of the real one. */
class AnnouncementTest {
  private static final Duration STEP = Duration.ofMillis(20);

  private final FakeTicker ticker = new FakeTicker();
  private final Probers probers = new Lifecycle(ticker).probers();
  private long begun;

  private Announcement announcement = new Announcement(defaults(), ticker, probers.seen(), 0);

  private static AnnounceSettings defaults() {
    return settings(0, 10_000, 5_000);
  }

  private static AnnounceSettings settings(int minMs, int timeoutMs, int unprobedMs) {
    return new AnnounceSettings(
        Duration.ofMillis(minMs),
        Duration.ofMillis(timeoutMs),
        Duration.ofMillis(unprobedMs),
        Duration.ofMillis(500),
        3,
        Map.of("kube-probe/", 2, "kube-probe/1.34", 4, "uptime-robot", 0));
  }

  private void t0(AnnounceSettings settings) {
    announcement = new Announcement(settings, ticker, probers.seen(), begun);
  }

  private void haproxy(boolean ready) {
    probers.answered("10.0.0.5", "HAProxy", "/ready", ready);
  }

  private void kubelet(boolean ready) {
    probers.answered("10.0.0.7", "kube-probe/1.34", "/ready", ready);
  }

  /** Lets time pass as it does in a shutdown, which looks every 20 ms. */
  private void pass(int millis) {
    for (int i = 0; i < millis; i += 20) {
      look();
      ticker.advance(STEP);
    }
  }

  private String look() {
    Announcement.Verdict verdict = announcement.look(probers.seen(), begun);
    return verdict instanceof Announcement.Verdict.Over over
        ? over.why()
        : "waiting: " + ((Announcement.Verdict.Waiting) verdict).what();
  }

  @Test
  void waitsTheDocumentedTimeWhereNobodyAsks() {
    t0(defaults());
    pass(4_980);
    assertThat(look()).isEqualTo("waiting: 5.0 s to pass (no prober was seen)");
    pass(20);
    assertThat(look()).isEqualTo("no prober was seen: 5.0 s");
  }

  @Test
  void endsWhenEveryProberHasBeenRefusedAndHasReadItAndNothingComes() {
    haproxy(true);
    t0(defaults());
    pass(100);
    haproxy(false);
    pass(100);
    haproxy(false);
    assertThat(look()).isEqualTo("waiting: 10.0.0.5 HAProxy has been refused 2 of 3 times");
    pass(400);
    haproxy(false);
    assertThat(look()).isEqualTo("waiting: 10.0.0.5 HAProxy to read the last refusal");
    pass(480);
    assertThat(look()).startsWith("waiting: ");
    pass(20);
    assertThat(look())
        .isEqualTo(
            "every prober has been refused (10.0.0.5 HAProxy 3 of 3 times), no request for 0.5 s");
  }

  @Test
  void countsTheTimeToReadFromTheRefusalThatWasNeededAndNotFromTheLast() {
    haproxy(true);
    t0(defaults());
    for (int i = 0; i < 3; i++) {
      haproxy(false);
    }
    // It goes on asking every 100 ms: each of its questions is a refusal more than it needs.
    for (int i = 0; i < 5; i++) {
      pass(100);
      haproxy(false);
    }
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void waitsWhileNewRequestsCome() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    t0(defaults());
    pass(400);
    begun++;
    pass(480);
    assertThat(look()).isEqualTo("waiting: no request for 0.5 s (so far 0.5 s)");
    pass(20);
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void countsRefusalsFromBeforeTheSignal() {
    haproxy(false);
    haproxy(false);
    t0(defaults());
    haproxy(false);
    pass(500);
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void doesNotWaitForARefusalToBeReadThatIsOldAlready() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    ticker.advance(Duration.ofMillis(400));
    t0(defaults());
    pass(500);
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void startsOverWhenAProberIsToldThatAllIsWell() {
    haproxy(true);
    t0(defaults());
    haproxy(false);
    haproxy(false);
    haproxy(false);
    pass(100);
    haproxy(true); // the answer to a question from before the signal, noted late
    pass(600);
    assertThat(look()).isEqualTo("waiting: 10.0.0.5 HAProxy has been refused 0 of 3 times");
    haproxy(false);
    haproxy(false);
    haproxy(false);
    pass(480);
    assertThat(look()).startsWith("waiting: ");
    pass(20);
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void givesUpAtTheTimeoutAndSaysWhoIsMissing() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    kubelet(true);
    t0(defaults());
    kubelet(false);
    pass(9_980);
    assertThat(look()).startsWith("waiting: ");
    pass(20);
    assertThat(look())
        .isEqualTo("announceTimeout: 10.0.0.7 kube-probe/1.34 has been refused 1 of 4 times");
  }

  @Test
  void givesUpAtTheTimeoutAlsoWhereRequestsNeverCease() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    t0(defaults());
    for (int i = 0; i < 10_000; i += 100) {
      begun++;
      pass(100);
    }
    assertThat(look()).isEqualTo("announceTimeout: no request for 0.5 s (so far 0.1 s)");
  }

  @Test
  void lastsAtLeastTheMinimum() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    t0(settings(2_000, 10_000, 5_000));
    pass(1_980);
    assertThat(look()).isEqualTo("waiting: announceMin (2.0 s)");
    pass(20);
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void knowsHowOftenEachKindOfProberMustBeRefused() {
    assertThat(defaults().refusalsNeeded(prober("HAProxy"))).isEqualTo(3);
    assertThat(defaults().refusalsNeeded(prober("kube-probe/1.30"))).isEqualTo(2);
    assertThat(defaults().refusalsNeeded(prober("kube-probe/1.34"))).isEqualTo(4);
  }

  private Probers.Prober prober(String userAgent) {
    return new Probers.Prober(
        "10.0.0.1", userAgent, "/ready", 1, Duration.ZERO, Duration.ZERO, 0, false);
  }

  @Test
  void oneWhoWaitsToBeToldNeedsToBeToldOnce() {
    Probers.Waiting balancer = probers.waits("10.0.0.9", "balancer", "/ready");
    ticker.advance(Duration.ofSeconds(40)); // It is silent because it waits.
    t0(defaults());
    assertThat(look()).isEqualTo("waiting: 10.0.0.9 balancer has been refused 0 of 1 times");
    balancer.told(false);
    pass(480);
    assertThat(look()).isEqualTo("waiting: 10.0.0.9 balancer to read the last refusal");
    pass(20);
    assertThat(look())
        .isEqualTo(
            "every prober has been refused (10.0.0.9 balancer 1 of 1 times), no request for 0.5 s");
  }

  @Test
  void oneWhoWaitedAndIsNeverComingBackIsNotWaitedForWhereItNeedsNoRefusal() {
    probers.waits("10.0.0.9", "uptime-robot", "/ready");
    t0(defaults());
    assertThat(look()).isEqualTo("waiting: 5.0 s to pass (no prober was seen)");
  }

  @Test
  void doesNotWaitForAProberThatFirstAsksAfterTheSignal() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    t0(defaults());
    kubelet(false);
    pass(500);
    assertThat(look()).startsWith("every prober has been refused (10.0.0.5 HAProxy");
  }

  @Test
  void doesNotCallItProbedWhenTheFirstQuestionComesAfterTheSignal() {
    t0(defaults());
    haproxy(false);
    haproxy(false);
    haproxy(false);
    pass(4_980);
    assertThat(look()).isEqualTo("waiting: 5.0 s to pass (no prober was seen)");
  }

  @Test
  void doesNotWaitForAProberThatHasCeasedToAskLongBefore() {
    haproxy(true);
    ticker.advance(Duration.ofSeconds(2));
    haproxy(true); // every 2 s: it counts for 7 s
    ticker.advance(Duration.ofMillis(7_001));
    t0(defaults());
    pass(5_000);
    assertThat(look()).isEqualTo("no prober was asking any more: 5.0 s");
  }

  @Test
  void doesNotWaitForOneThatSendsNoTraffic() {
    probers.answered("10.0.0.9", "uptime-robot/2", "/ready", true);
    haproxy(true);
    t0(defaults());
    haproxy(false);
    haproxy(false);
    haproxy(false);
    pass(500);
    assertThat(look()).startsWith("every prober has been refused (10.0.0.5 HAProxy 3 of 3");
  }

  @Test
  void isUnprobedWhereOnlySuchAsSendNoTrafficAsk() {
    probers.answered("10.0.0.9", "uptime-robot/2", "/ready", true);
    t0(defaults());
    pass(4_980);
    assertThat(look()).isEqualTo("waiting: 5.0 s to pass (no prober was seen)");
  }

  @Test
  void waitsForAProberThatIsOnlyLate() {
    haproxy(true);
    ticker.advance(Duration.ofSeconds(2));
    haproxy(true);
    ticker.advance(Duration.ofSeconds(7));
    t0(defaults());
    assertThat(look()).isEqualTo("waiting: 10.0.0.5 HAProxy has been refused 0 of 3 times");
  }

  @Test
  void waitsForOneThatHasAskedOnceNotLongAgo() {
    haproxy(true);
    ticker.advance(Duration.ofSeconds(10));
    t0(defaults());
    assertThat(look()).isEqualTo("waiting: 10.0.0.5 HAProxy has been refused 0 of 3 times");
    ticker.advance(Duration.ofMillis(1));
    t0(defaults());
    assertThat(look()).isEqualTo("waiting: 5.0 s to pass (no prober was asking any more)");
  }

  // The process is stopped (SIGSTOP) for longer than `quiet`: when it goes on, requests wait in its
  // sockets that nobody has begun. That nothing was begun meanwhile proves nothing.
  @Test
  void doesNotTakeAStandstillOfTheProcessForSilence() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    t0(defaults());
    pass(100);
    look();
    ticker.advance(Duration.ofSeconds(2));
    assertThat(look()).isEqualTo("waiting: no request for 0.5 s (so far 0.0 s)");
    pass(500);
    assertThat(look()).startsWith("every prober has been refused");
  }

  @Test
  void stillWaitsForAProberThatOthersHavePushedOutOfTheList() {
    haproxy(true);
    t0(defaults());
    for (int i = 0; i < Probers.MOST * 3; i++) {
      ticker.advance(Duration.ofMillis(1));
      probers.answered("10.9.9.9", "flood-" + i, "/ready", false);
      probers.answered("10.9.9.9", "flood-" + i, "/ready", false);
    }
    assertThat(probers.seen()).noneMatch(prober -> prober.userAgent().equals("HAProxy"));
    pass(1_000);
    assertThat(look()).isEqualTo("waiting: 10.0.0.5 HAProxy has been refused 0 of 3 times");
  }

  // It was refused for good | T0 | a flood pushes it out of the list | the first look
  @Test
  void remembersTheRefusalsOfAProberThatOthersHavePushedOutOfTheList() {
    haproxy(false);
    haproxy(false);
    haproxy(false);
    t0(defaults());
    for (int i = 0; i < Probers.MOST * 3; i++) {
      ticker.advance(Duration.ofMillis(1));
      for (int asked = 0; asked < 4; asked++) {
        probers.answered("10.9.9.9", "flood-" + i, "/ready", false);
      }
    }
    assertThat(probers.seen()).noneMatch(prober -> prober.userAgent().equals("HAProxy"));
    pass(500);
    assertThat(look()).startsWith("every prober has been refused (10.0.0.5 HAProxy 3 of 3 times)");
  }

  @Test
  void namesAFewAndCountsTheRest() {
    for (int i = 0; i < 5; i++) {
      probers.answered("10.0.0." + i, "", "/ready", true);
    }
    t0(defaults());
    assertThat(look())
        .isEqualTo(
            "waiting: 10.0.0.0 has been refused 0 of 3 times, 10.0.0.1 has been refused 0 of 3"
                + " times, 10.0.0.2 has been refused 0 of 3 times and 2 more");
  }

  @Test
  void namesThreeWithoutCountingARest() {
    for (int i = 0; i < 3; i++) {
      probers.answered("10.0.0." + i, "x".repeat(60), "/ready", true);
    }
    t0(defaults());
    assertThat(look()).contains("10.0.0.2 " + "x".repeat(60) + " has").doesNotContain("more", "…");
  }

  @Test
  void letsNobodyForgeALogLineWithAName() {
    probers.answered(null, "evil\r\nforged " + "x".repeat(100), "/ready", true);
    t0(defaults());
    assertThat(look())
        .isEqualTo(
            "waiting: (address unknown) evil??forged "
                + "x".repeat(47)
                + "… has been refused 0 of 3 times");
  }
}
