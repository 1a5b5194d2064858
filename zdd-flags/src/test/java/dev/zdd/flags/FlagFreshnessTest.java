package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlagFreshnessTest {
  private final GivenSource source = new GivenSource(null);
  private final Flags flags = Flags.of(source);

  @Test
  void flagsAreStaleFromTheLimitOnWhateverElseIsWrong() {
    FlagFreshness fresh = FlagFreshness.of(flags);
    source.push(new FlagSnapshot("1", List.of()));
    source.status = new FlagSource.Status(Duration.ofSeconds(60), 9, "missing");
    assertThat(fresh.get()).isEmpty();
    source.status = new FlagSource.Status(Duration.ofSeconds(61), 9, "missing");
    assertThat(fresh.get()).hasValue("the flags are 61 s old: missing");
    source.status = new FlagSource.Status(Duration.ofSeconds(61), 9, null);
    assertThat(fresh.get()).hasValue("the flags are 61 s old");
    assertThat(FlagFreshness.of(flags, Duration.ofSeconds(61)).get()).isEmpty();
  }

  @Test
  void flagsOfWhichNothingHasBeenReadAreNotFreshHoweverYoung() {
    assertThat(FlagFreshness.of(flags).get()).hasValue("no flags have been read yet");
    source.status = new FlagSource.Status(Duration.ZERO, 1, "missing");
    assertThat(FlagFreshness.of(flags).get()).hasValue("no flags have been read yet: missing");
  }

  @Test
  void refusesALimitOfNothing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagFreshness.of(flags, Duration.ZERO))
        .withMessage("limit: PT0S (expected: more than 0)");
  }
}
