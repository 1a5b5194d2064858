package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VariantTest {
  @Test
  void whoItIsOnForGetsAVariantByWeightAndNobodyElseDoes() {
    Flag flag = flag(on().percentage("50").variants(text("red", 1), text("blue", 3)));
    Map<String, Integer> counts = new HashMap<>();
    for (int n = 0; n < 4000; n++) {
      String id = "user-" + n;
      Variant variant = flag.variant(id);
      assertThat(variant != null).isEqualTo(flag.isEnabled(id));
      assertThat(flag.explain(id).variant()).isEqualTo(variant);
      counts.merge(name(variant), 1, Integer::sum);
    }
    assertThat(counts.get("none")).isBetween(1850, 2150);
    assertThat(counts.get("red")).isBetween(400, 600);
    assertThat(counts.get("blue")).isBetween(1350, 1650);
    assertThat(flag.variantCounts())
        .isEqualTo(Map.of("red", (long) counts.get("red"), "blue", (long) counts.get("blue")));
  }

  @Test
  void whoHasAVariantKeepsItWhateverThePercentage() {
    MemoryFlagSource source = MemoryFlagSource.of();
    Flag flag = Flags.of(source).flag("f");
    Map<String, String> had = new HashMap<>();
    for (String percentage : List.of("5", "10", "50", "100", "20")) {
      source.set(on().percentage(percentage).variants(text("red", 1), text("blue", 1)).build());
      for (int n = 0; n < 1000; n++) {
        Variant variant = flag.variant("user-" + n);
        if (variant != null) {
          String before = had.putIfAbsent("user-" + n, variant.name());
          assertThat(before == null || before.equals(variant.name())).isTrue();
        }
      }
    }
    assertThat(had).hasSize(1000);
  }

  @Test
  void aRuleGivesTheVariantOrTheWeightsThatItNames() {
    Flag flag =
        flag(
            on().variants(text("red", 1), text("blue", 0), text("green", 0))
                .rules(
                    Rule.when(Condition.attribute("id", Operator.EQUALS, "alice")).variant("blue"),
                    new Rule(
                        null,
                        List.of(Condition.attribute("beta", Operator.EXISTS)),
                        null,
                        null,
                        Map.of("blue", 1, "green", 1),
                        false)));
    assertThat(name(flag.variant("alice"))).isEqualTo("blue");
    assertThat(name(flag.variant("bob"))).isEqualTo("red");
    Map<String, Integer> counts = new HashMap<>();
    for (int n = 0; n < 1000; n++) {
      RequestContext context = RequestContext.builder("user-" + n).attribute("beta", true).build();
      counts.merge(name(flag.variant(context)), 1, Integer::sum);
    }
    assertThat(counts).containsOnlyKeys("blue", "green");
    assertThat(counts.get("blue")).isBetween(430, 570);
  }

  @Test
  void theValueIsOfTheKindThatIsAskedForOrTheCallersDefault() {
    Flag text = flag(on().variants(text("a\"b", 1)));
    Flag number =
        flag(on().variants(new Variant("n", 1, new FlagValue.Numeric(new BigDecimal("2.50")))));
    Flag json = flag(on().variants(new Variant("j", 1, new FlagValue.Json("{\"a\":1}"))));
    Flag none = flag(on());
    Flag off = flag(on().enabled(false).variants(text("a", 1)));
    RequestContext alice = RequestContext.of("alice");

    assertThat(text.text("alice", "?")).isEqualTo("a\"b");
    assertThat(text.text(alice, "?")).isEqualTo("a\"b");
    assertThat(text.json("alice", "?")).isEqualTo("\"a\\\"b\"");
    assertThat(text.number("alice", -1)).isEqualTo(-1);
    assertThat(number.number("alice", -1)).isEqualTo(2.5);
    assertThat(number.number(alice, -1)).isEqualTo(2.5);
    assertThat(number.text("alice", "?")).isEqualTo("?");
    assertThat(number.json(alice, "?")).isEqualTo("2.50");
    assertThat(json.json("alice", "?")).isEqualTo("{\"a\":1}");
    assertThat(json.text("alice", "?")).isEqualTo("?");
    for (Flag nothing : List.of(none, off)) {
      assertThat(nothing.text("alice", "?")).isEqualTo("?");
      assertThat(nothing.number("alice", -1)).isEqualTo(-1);
      assertThat(nothing.json("alice", "?")).isEqualTo("?");
      assertThat(nothing.variant(alice)).isNull();
    }
    assertThat(text.text((String) null, "?")).isEqualTo("?");
    assertThat(text.variant(RequestContext.of(null))).isNull();
    assertThat(text.explain("alice").toString()).startsWith("f: on with variant \"a\"b\", STATIC");
  }

  @Test
  void refusesVariantsThatCannotBeMeant() {
    refused("variants: \"a\" stands twice (expected: once)", text("a", 1), text("a", 2));
    refused("variants: all weights are 0 (expected: one that is not)", text("a", 0));
    refused(
        "variants: values of several kinds, JSON, text (expected: one kind)",
        text("a", 1),
        new Variant("b", 1, new FlagValue.Json("{}")));
    refused(
        "weights: [2147483647, 1] (expected: none negative, and their sum 1 to 2147483647)",
        text("a", Integer.MAX_VALUE),
        text("b", 1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> text("a", -1))
        .withMessage("variants: \"a\": weight: -1 (expected: 0 or more)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> text("", 1))
        .withMessage("variants: name: \"\" (expected: 1 to 100 characters, no control characters)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> on().rules(Rule.forEverybody().variant("x")).build())
        .withMessage("rules: variant: \"x\" (expected: one of the flag's, which has none)");
    assertThatIllegalArgumentException()
        .isThrownBy(() ->
            on().variants(text("a", 1), text("b", 1))
                .rules(Rule.forEverybody().variant("x"))
                .build())
        .withMessage("rules: variant: \"x\" (expected: one of the flag's, a, b)");
  }

  @Test
  void whereThereIsNoChoiceTheBucketingIsNotAsked() {
    // Unleash has thousandths; one variant that gets all is whole in any system.
    FlagDefinition one = on().bucketer("unleash").variants(text("a", 7), text("b", 0)).build();
    Flag flag = Flags.of(MemoryFlagSource.of(one)).flag("f");
    assertThat(name(flag.variant("alice"))).isEqualTo("a");
  }

  private static void refused(String message, Variant... variants) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> on().variants(variants).build())
        .withMessage(message);
  }

  private static String name(@Nullable Variant variant) {
    return variant == null ? "none" : variant.name();
  }

  private static Variant text(String name, int weight) {
    return new Variant(name, weight, new FlagValue.Text(name));
  }

  private static FlagDefinition.Builder on() {
    return FlagDefinition.builder("f").enabled(true);
  }

  private static Flag flag(FlagDefinition.Builder definition) {
    return Flags.of(MemoryFlagSource.of(definition.build())).flag("f");
  }
}
