package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final Instant FROM = Instant.parse("2026-12-01T08:00:00Z");
  private static final Instant UNTIL = Instant.parse("2026-12-02T08:00:00Z");

  private Instant now = FROM;
  private final MemoryFlagSource source = MemoryFlagSource.of();
  private final Flag flag = Flags.of(source, () -> now).flag("f");

  @Test
  void isOnFromItsFirstMomentToTheOneBeforeItsLast() {
    source.set(on().from(FROM).until(UNTIL).allow("alice").percentage("100").build());
    at(FROM.minusNanos(1), false, "the flag is not on before 2026-12-01T08:00:00Z");
    at(FROM, true, "the id is on the allow list");
    at(UNTIL.minusNanos(1), true, "the id is on the allow list");
    at(UNTIL, false, "the flag is off since 2026-12-02T08:00:00Z");
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.DISABLED);
  }

  @Test
  void hasOneEndOnlyWhereItSaysOne() {
    source.set(on().from(FROM).build());
    at(Instant.MIN, false, "the flag is not on before 2026-12-01T08:00:00Z");
    at(Instant.MAX, true, "the flag is on for everyone");
    source.set(on().until(UNTIL).build());
    at(Instant.MIN, true, "the flag is on for everyone");
    at(Instant.MAX, false, "the flag is off since 2026-12-02T08:00:00Z");
  }

  @Test
  void switchedOffIsOffAtAnyTime() {
    source.set(on().enabled(false).from(FROM).build());
    at(FROM, false, "the flag is switched off");
  }

  @Test
  void refusesAnEndBeforeTheBeginning() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> on().from(FROM).until(FROM).build())
        .withMessage("until: " + FROM + " (expected: after from, " + FROM + ")");
  }

  private void at(Instant moment, boolean expected, String why) {
    now = moment;
    assertThat(flag.isEnabled("alice")).isEqualTo(expected);
    assertThat(flag.isEnabled(7)).isEqualTo(expected);
    assertThat(flag.isEnabled(RequestContext.of("alice"))).isEqualTo(expected);
    assertThat(flag.explain("alice").detail()).isEqualTo(why);
  }

  private static FlagDefinition.Builder on() {
    return FlagDefinition.builder("f").enabled(true);
  }
}
