package dev.zdd.flags;

import static dev.zdd.flags.Condition.attribute;
import static dev.zdd.flags.Condition.segment;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RuleTest {
  private static final RequestContext AUSTRIAN =
      RequestContext.builder("alice").attribute("country", "AT").build();
  private static final RequestContext GERMAN =
      RequestContext.builder("alice").attribute("country", "DE").build();

  @Test
  void theFirstRuleWhoseConditionsAreAllMetDecides() {
    Flag flag =
        flag(
            on().rules(
                    Rule.when(
                        attribute("country", Operator.EQUALS, "AT"),
                        attribute("id", Operator.STARTS_WITH, "b")),
                    Rule.when(attribute("country", Operator.EQUALS, "AT"))
                        .named("Austria")
                        .percentage("0"),
                    Rule.when(attribute("country", Operator.IN, "AT", "DE")))
                .percentage("0"));

    assertThat(flag.isEnabled(AUSTRIAN)).isFalse();
    assertThat(flag.explain(AUSTRIAN).detail()).startsWith("rule 2 \"Austria\" is met: bucket ");
    assertThat(flag.explain(AUSTRIAN).reason()).isEqualTo(Reason.SPLIT);
    assertThat(flag.explain(AUSTRIAN).percentage()).isEqualTo(Percentage.parse("0"));
    assertThat(flag.isEnabled(GERMAN)).isTrue();
    assertThat(flag.explain(GERMAN).detail()).isEqualTo("rule 3 is met");
    assertThat(flag.explain(GERMAN).reason()).isEqualTo(Reason.TARGETING_MATCH);
    assertThat(flag.isEnabled("alice")).as("without attributes no rule is met").isFalse();
    assertThat(flag.isEnabled(RequestContext.builder("bob").attribute("country", "AT").build()))
        .isTrue();
  }

  @Test
  void aRuleWithoutConditionsIsForEverybody() {
    assertThat(flag(on().rules(Rule.forEverybody()).percentage("0")).isEnabled("anybody")).isTrue();
    assertThat(flag(on().rules(Rule.forEverybody()).percentage("0")).isEnabled(7)).isTrue();
  }

  @Test
  void aNumbersTextIsItsIdInRulesToo() {
    Flag flag = flag(on().rules(Rule.when(attribute("id", Operator.EQUALS, "42"))).percentage("0"));
    assertThat(flag.isEnabled(42)).isTrue();
    assertThat(flag.isEnabled("42")).isTrue();
    assertThat(flag.isEnabled(43)).isFalse();
  }

  @Test
  void denyGoesBeforeAllowAndAllowBeforeRules() {
    Flag flag =
        flag(
            on().deny("mallory", "7")
                .allow("alice")
                .rules(Rule.forEverybody().percentage("0"))
                .percentage("100"));
    assertThat(flag.isEnabled("mallory")).isFalse();
    assertThat(flag.explain("mallory").detail()).isEqualTo("the id is on the deny list");
    assertThat(flag.explain("mallory").reason()).isEqualTo(Reason.TARGETING_MATCH);
    assertThat(flag.isEnabled(7)).isFalse();
    assertThat(flag.isEnabled("alice")).isTrue();
    assertThat(flag.isEnabled("bob")).isFalse();
    assertThat(flag.isEnabled((String) null, true)).isFalse();
    assertThat(flag.explain("").reason()).isEqualTo(Reason.NO_UNIT);
  }

  @Test
  void whoIsOutsideARulesPercentageIsOffUnlessItGoesOn() {
    Rule half = Rule.forEverybody().percentage("50");
    Rule goesOn = new Rule(null, List.of(), Percentage.parse("50"), "another salt", Map.of(), true);
    assertThat(share(flag(on().rules(half)))).isBetween(0.45, 0.55);
    assertThat(share(flag(on().rules(goesOn, Rule.forEverybody().percentage("0")))))
        .isBetween(0.45, 0.55);
    assertThat(share(flag(on().rules(goesOn, half)))).as("1 - 1/4").isBetween(0.70, 0.80);
    assertThat(share(flag(on().rules(goesOn).percentage("50")))).isBetween(0.70, 0.80);
    assertThat(share(flag(on().rules(goesOn)))).isEqualTo(1.0);
  }

  @Test
  void aRulesPercentageIsOfTheFlagsSaltUnlessItHasItsOwn() {
    Flag plain = flag(on().percentage("30"));
    Flag ruled = flag(on().rules(Rule.forEverybody().percentage("30")));
    Flag salted =
        flag(
            on().rules(
                    new Rule(null, List.of(), Percentage.parse("30"), "other", Map.of(), false)));
    assertThat(ids().filter(id -> plain.isEnabled(id) == ruled.isEnabled(id)).count())
        .isEqualTo(2000);
    assertThat(ids().filter(id -> plain.isEnabled(id) == salted.isEnabled(id)).count())
        .isLessThan(1500);
  }

  @Test
  void aSegmentHasWhoIsOnItsListOrMeetsItsConditionsUnlessExcluded() {
    Segment staff =
        new Segment(
            "staff",
            Set.of("alice"),
            Set.of("mallory", "trudy"),
            List.of(
                attribute("mail", Operator.ENDS_WITH, "@shop.example"),
                attribute("country", Operator.EQUALS, "AT")));
    Flag in = flag(on().rules(Rule.when(segment("staff"))).percentage("0"), staff);
    Flag out = flag(on().rules(Rule.when(segment("staff").negated())).percentage("0"), staff);
    for (var expected :
        Map.of(
                RequestContext.of("alice"), true,
                RequestContext.of("bob"), false,
                mail("bob", "bob@shop.example", "AT"), true,
                mail("bob", "bob@shop.example", "DE"), false,
                mail("mallory", "m@shop.example", "AT"), false)
            .entrySet()) {
      assertThat(in.isEnabled(expected.getKey())).isEqualTo(expected.getValue());
      assertThat(out.isEnabled(expected.getKey())).isEqualTo(!expected.getValue());
    }
  }

  @Test
  void aSegmentWithoutConditionsHasWhoIsOnItsListOnly() {
    Flag flag = flag(on().rules(Rule.when(segment("a"))).percentage("0"), Segment.of("a", "alice"));
    assertThat(flag.isEnabled("alice")).isTrue();
    assertThat(flag.isEnabled("bob")).isFalse();
  }

  @Test
  void theUnitIsAnAttributeThatTakesTheIdsPlace() {
    Flag byTenant = flag(on().unit("tenant").allow("acme", "7").percentage("0"));
    assertThat(byTenant.isEnabled(tenant("alice", "acme"))).isTrue();
    assertThat(byTenant.isEnabled(tenant("acme", "other"))).isFalse();
    assertThat(byTenant.isEnabled(RequestContext.builder("alice").attribute("tenant", 7).build()))
        .isTrue();
    assertThat(byTenant.isEnabled(RequestContext.of("acme"))).as("no tenant").isFalse();
    assertThat(byTenant.explain(RequestContext.of("acme")).reason()).isEqualTo(Reason.NO_UNIT);
    assertThat(byTenant.isEnabled("acme")).as("given as the id").isTrue();
    Flag half = flag(on().unit("tenant").percentage("50"));
    assertThat(half.isEnabled(tenant("a", "x"))).isEqualTo(half.isEnabled("x"));
    assertThat(half.explain(tenant("a", "x")).bucket()).isEqualTo(half.explain("x").bucket());
  }

  @Test
  void refusesWhatCannotBeMeant() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rule(null, List.of(), null, null, Map.of(), true))
        .withMessage(
            "rules: percentage: missing beside goesOn (expected: how many of those who meet the"
                + " conditions)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Rule(null, List.of(), null, "salt", Map.of(), false))
        .withMessageStartingWith("rules: percentage: missing beside salt");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> on().deny("a").allow("a").percentage("1").build())
        .withMessage("deny: \"a\" (expected: not on the allow list too)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> attribute("", Operator.EXISTS))
        .withMessage("attribute: \"\" (expected: a name)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Segment("a", Set.of(), Set.of(), List.of(segment("b"))))
        .withMessage("when: segment: \"b\" (expected: conditions on attributes, within a segment)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Segment.of(" a", "alice"))
        .withMessageStartingWith("segment: \" a\" (expected: 1 to 200 characters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> flag(on().rules(Rule.when(segment("staff")))))
        .withMessage(
            "flag \"f\": rules: segment: \"staff\" (expected: a segment of this snapshot)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> flag(on(), Segment.of("a"), Segment.of("a")))
        .withMessage("segment \"a\" is defined twice (expected: once)");
  }

  private static FlagDefinition.Builder on() {
    return FlagDefinition.builder("f").enabled(true);
  }

  private static Flag flag(FlagDefinition.Builder definition, Segment... segments) {
    MemoryFlagSource source = MemoryFlagSource.of();
    Flags flags = Flags.of(source);
    source.set(new FlagSnapshot("1", List.of(definition.build()), List.of(segments), Set.of()));
    return flags.flag("f");
  }

  private static double share(Flag flag) {
    return ids().filter(flag::isEnabled).count() / 2000.0;
  }

  private static java.util.stream.Stream<String> ids() {
    return IntStream.range(0, 2000).mapToObj(n -> "user-" + n);
  }

  private static RequestContext mail(String id, String mail, String country) {
    return RequestContext.builder(id).attribute("mail", mail).attribute("country", country).build();
  }

  private static RequestContext tenant(String id, String tenant) {
    return RequestContext.builder(id).attribute("tenant", tenant).build();
  }
}
