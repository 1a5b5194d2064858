package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  @Test
  void hasNoComplaintWhenNothingWasLost() {
    Tally tally = new Tally();
    tally.sent();
    tally.ended(0, 0.1, "GET /work", Tally.served("1", "v2"), null);

    assertThat(outcome(tally).complaints()).isEmpty();
  }

  @Test
  void complainsOfARequestOfWhichNothingIsKnown() {
    Tally tally = new Tally();
    tally.sent();

    assertThat(outcome(tally).complaints())
        .containsExactly("1 requests neither answered nor failed");
  }

  private static Outcome outcome(Tally tally) {
    return new Outcome(
        Map.of(), tally, List.of(), List.of(), List.of(), "v2", List.of("v2"), List.of(), 0, 1);
  }
}
