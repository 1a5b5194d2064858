package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  @Test
  void hasNoComplaintWhenNothingWasLost() {
    Tally tally = new Tally();
    tally.sent(Kind.GET);
    tally.ended(Kind.GET, 0, 0.1, "GET /work", Tally.served("1", "v2"), null);

    assertThat(outcome(tally).complaints()).isEmpty();
  }

  @Test
  void complainsOfARequestOfWhichNothingIsKnown() {
    Tally tally = new Tally();
    tally.sent(Kind.GET);

    assertThat(outcome(tally).complaints())
        .containsExactly("1 requests neither answered nor failed");
  }

  @Test
  void saysOfAFailureOnAMachineThatIsTooBusyThatItIs() {
    Tally tally = new Tally();
    tally.sent(Kind.GET);
    tally.startedLate(1_500_000_000);
    tally.ended(Kind.GET, 0, 10, "GET /work", "", new Failure(Failure.TIMEOUT, "no answer"));

    assertThat(outcome(tally).complaints())
        .containsExactly(
            "1 failed (1 timeout) of 1 requests",
            "the machine was too busy to measure: a request was started 1,500 ms after its time");
  }

  @Test
  void complainsOfAPostThatRanTwiceThoughEveryRequestWasAnswered() {
    Posts posts = new Posts();
    posts.ended(7, true);
    ExactlyOnce twice =
        ExactlyOnce.of(List.of(new ExactlyOnce.Execution(7, 2, "1 v1 and 2 v1")), posts);

    assertThat(outcome(new Tally(), twice).complaints())
        .containsExactly(
            "1 POSTs ran more than once; first: POST 7 ran 2 times: on 1 v1 and 2 v1, answered");
  }

  private static Outcome outcome(Tally tally) {
    return outcome(tally, ExactlyOnce.NOTHING);
  }

  private static Outcome outcome(Tally tally, ExactlyOnce posts) {
    return new Outcome(
        Map.of(),
        tally,
        posts,
        List.of(),
        List.of(),
        List.of(),
        "v2",
        List.of("v2"),
        List.of(),
        0,
        1);
  }
}
