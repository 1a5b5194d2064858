package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class EveryoneTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final FlagValue A = new FlagValue.Text("a");
  private static final Rule EVERYBODY = Rule.when(new Condition[0]);
  private static final Condition GERMAN =
      new Condition.OfAttribute("country", Operator.of("equals"), List.of("DE"), false, false);

  @Test
  void onWithoutPercentageOrWithAllIsForEveryone() {
    assertThat(isOn(flag -> flag)).isTrue();
    assertThat(isOn(flag -> flag.percentage("100"))).isTrue();
    assertThat(isOn(flag -> flag.percentage("100").allow("x"))).isTrue();
    assertThat(isOn(flag -> flag.percentage("99.9999"))).isFalse();
    assertThat(isOn(flag -> flag.enabled(false))).isFalse();
  }

  @Test
  void denyListsAndOtherFlagsMatter() {
    assertThat(isOn(flag -> flag.deny("x"))).isFalse();
    assertThat(isOn(flag -> flag.requires(Requirement.on("other")))).isFalse();
  }

  @Test
  void aScheduleMattersWhileItIsToChangeSomething() {
    assertThat(isOn(flag -> flag.from(NOW))).isTrue();
    assertThat(isOn(flag -> flag.from(NOW.plusSeconds(1)))).isFalse();
    assertThat(isOn(flag -> flag.until(NOW.plusSeconds(1)))).isFalse();
    assertThat(isOn(flag -> flag.until(NOW))).isFalse();
  }

  @Test
  void aRuleMattersUnlessItsAnswerIsThatOfAllOthers() {
    assertThat(isOn(flag -> flag.rules(Rule.when(GERMAN)))).isTrue();
    assertThat(isOn(flag -> flag.rules(Rule.when(GERMAN).percentage("100")))).isTrue();
    assertThat(isOn(flag -> flag.rules(Rule.when(GERMAN).percentage("50")))).isFalse();
    assertThat(isOn(flag -> flag.rules(Rule.when(GERMAN)).percentage("50"))).isFalse();
  }

  @Test
  void whoGoesOnFromARuleMayStillBeOn() {
    Rule half = new Rule(null, List.of(GERMAN), Percentage.parse("50"), null, Map.of(), true);
    assertThat(isOn(flag -> flag.rules(half))).isTrue();
    assertThat(isOn(flag -> flag.rules(half).percentage("10"))).isFalse();
  }

  @Test
  void behindARuleForEverybodyNothingMatters() {
    assertThat(isOn(flag -> flag.rules(EVERYBODY).percentage("0"))).isTrue();
    assertThat(isOn(flag -> flag.rules(EVERYBODY, Rule.when(GERMAN).percentage("0")))).isTrue();
    assertThat(isOn(flag -> flag.rules(Rule.when(GERMAN).percentage("0"), EVERYBODY))).isFalse();
  }

  @Test
  void aChoiceOfVariantsMatters() {
    Variant blue = new Variant("blue", 1, A);
    assertThat(isOn(flag -> flag.variants(blue, new Variant("red", 1, A)))).isFalse();
    assertThat(isOn(flag -> flag.variants(blue, new Variant("red", 0, A)))).isTrue();
    assertThat(
            isOn(flag ->
                flag.variants(blue, new Variant("red", 0, A))
                    .rules(Rule.when(GERMAN).variant("red"))))
        .isFalse();
  }

  private static boolean isOn(UnaryOperator<FlagDefinition.Builder> with) {
    return Everyone.has(with.apply(FlagDefinition.builder("a").enabled(true)).build(), NOW);
  }
}
