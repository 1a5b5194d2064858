package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PrerequisitesTest {
  @Test
  void aFlagIsOffUnlessWhatItRequiresAnswersAsItRequires() {
    MemoryFlagSource source = MemoryFlagSource.of();
    Flag flag = Flags.of(source).flag("f");
    for (boolean payments : new boolean[] {true, false}) {
      source.set(
          on("f").requires(Requirement.on("payments")).allow("alice").percentage("0").build(),
          on("payments").enabled(payments).build());
      assertThat(flag.isEnabled("alice")).as("before the allow list").isEqualTo(payments);
      source.set(
          on("f").requires(new Requirement("payments", false, Set.of())).build(),
          on("payments").enabled(payments).build());
      assertThat(flag.isEnabled(7)).isEqualTo(!payments);
    }
    assertThat(flag.explain("alice").enabled()).isTrue();
    source.set(on("f").requires(Requirement.on("payments")).build(), off("payments").build());
    assertThat(flag.explain("alice").detail()).isEqualTo("the flag requires \"payments\" to be on");
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.DISABLED);
  }

  @Test
  void askedForTheSameIdAndAttributes() {
    Flags flags =
        Flags.of(
            MemoryFlagSource.of(
                on("f").requires(Requirement.on("half"), Requirement.on("austria")).build(),
                on("half").percentage("50").build(),
                on("austria")
                    .rules(Rule.when(Condition.attribute("country", Operator.EQUALS, "AT")))
                    .percentage("0")
                    .build()));
    Flag flag = flags.flag("f");
    Flag half = flags.flag("half");
    for (int n = 0; n < 200; n++) {
      String id = "user-" + n;
      RequestContext context = RequestContext.builder(id).attribute("country", "AT").build();
      assertThat(flag.isEnabled(context)).isEqualTo(half.isEnabled(id));
      assertThat(flag.isEnabled(id)).isFalse();
    }
  }

  @Test
  void aVariantCanBeRequired() {
    FlagDefinition theme =
        on("theme")
            .variants(
                new Variant("dark", 1, new FlagValue.Text("dark")),
                new Variant("light", 1, new FlagValue.Text("light")))
            .unit("tenant")
            .build();
    Flags flags =
        Flags.of(
            MemoryFlagSource.of(
                on("f").requires(new Requirement("theme", true, Set.of("dark"))).build(), theme));
    Set<Boolean> seen = new java.util.HashSet<>();
    for (int n = 0; n < 100; n++) {
      RequestContext context =
          RequestContext.builder("user").attribute("tenant", "tenant-" + n).build();
      Variant variant = flags.flag("theme").variant(context);
      boolean dark = variant != null && variant.name().equals("dark");
      assertThat(flags.flag("f").isEnabled(context)).isEqualTo(dark);
      seen.add(dark);
    }
    assertThat(seen).hasSize(2);
    assertThat(flags.flag("f").explain("x").detail())
        .satisfiesAnyOf(
            detail -> assertThat(detail).isEqualTo("the flag is on for everyone"),
            detail ->
                assertThat(detail)
                    .isEqualTo("the flag requires \"theme\" to be on with one of [dark]"));
  }

  @Test
  void refusesACircleAndNamesIt() {
    refused(
        "flag \"a\": requires: a circle, \"a\" requires \"a\" (expected: none)",
        on("a").requires(Requirement.on("a")).build());
    refused(
        "flag \"b\": requires: a circle, \"b\" requires \"c\" requires \"d\" requires \"b\""
            + " (expected: none)",
        on("a").requires(Requirement.on("b")).build(),
        on("b").requires(Requirement.on("c")).build(),
        on("c").requires(Requirement.on("e"), Requirement.on("d")).build(),
        on("d").requires(Requirement.on("b")).build(),
        on("e").build());
  }

  @Test
  void refusesWhatIsNotThere() {
    refused(
        "flag \"a\": requires: \"b\" (expected: a flag of this snapshot)",
        on("a").requires(Requirement.on("b")).build());
    refused(
        "flag \"a\": requires: \"b\": variants: \"blue\" (expected: one of that flag's)",
        on("a").requires(new Requirement("b", true, Set.of("blue"))).build(),
        on("b").build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Requirement("b", false, Set.of("blue")))
        .withMessage(
            "requires: \"b\": variants: [blue] (expected: none of a flag that has to be off)");
  }

  @Test
  void boundsWhatOneDecisionMayAsk() {
    assertThat(Flags.of(MemoryFlagSource.of(chain(100))).flag("0").isEnabled("alice")).isTrue();
    String message =
        "requires: more than 100 flags, with those that they require (expected: at most 100)";
    refused("flag \"0\": " + message, chain(101));
    // Without overflowing a stack, though each waits for the next.
    refused("flag \"9899\": " + message, chain(10_000));
    // Each asks the next twice: 2^20 questions.
    FlagDefinition[] twice =
        IntStream.range(0, 20)
            .mapToObj(n -> {
              Requirement next = Requirement.on("" + (n + 1));
              return n == 19 ? on("19").build() : on("" + n).requires(next, next).build();
            })
            .toArray(FlagDefinition[]::new);
    refused("flag \"13\": " + message, twice);
  }

  @Test
  void ordersEachBehindThoseThatItRequires() {
    Map<String, FlagDefinition> flags =
        Map.of(
            "a", on("a").requires(Requirement.on("b"), Requirement.on("c")).build(),
            "b", on("b").requires(Requirement.on("c")).build(),
            "c", on("c").build());
    List<String> ordered = new ArrayList<>();
    Prerequisites.inOrder(flags).forEach(flag -> ordered.add(flag.key()));
    assertThat(ordered).containsExactly("c", "b", "a");
  }

  private static FlagDefinition[] chain(int length) {
    return IntStream.range(0, length)
        .mapToObj(n -> {
          FlagDefinition.Builder flag = on("" + n);
          return n + 1 == length
              ? flag.build()
              : flag.requires(Requirement.on("" + (n + 1))).build();
        })
        .toArray(FlagDefinition[]::new);
  }

  private static void refused(String message, FlagDefinition... definitions) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FlagSnapshot("1", List.of(definitions)))
        .withMessage(message);
  }

  private static FlagDefinition.Builder on(String key) {
    return off(key).enabled(true);
  }

  private static FlagDefinition.Builder off(String key) {
    return FlagDefinition.builder(key);
  }
}
