package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Entries;
import dev.zdd.core.page.Entry;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlagsSectionTest {
  private static final LocalDate TODAY = LocalDate.of(2026, 11, 28);

  private long nanos;
  private final MemoryFlagSource source = MemoryFlagSource.of();
  private final Flags flags = Flags.of(source, () -> Instant.parse("2026-11-28T12:00:00Z"));
  private final FlagsSection section = FlagsSection.of(flags);

  @Test
  void showsEachFlagWithItsStateAndThoseThatWantALookFirst() {
    source.set(
        FlagDefinition.builder("half").enabled(true).percentage("12.5").owner("team a").build(),
        FlagDefinition.builder("late").enabled(true).expires(TODAY.minusDays(1)).build(),
        FlagDefinition.builder("off").expires(TODAY).build(),
        FlagDefinition.builder("on").enabled(true).type(FlagType.OPS).build());
    flags.flag("forgotten").isEnabled("alice");

    Content content = content();

    assertThat(content.badge().word()).isEqualTo("look");
    assertThat(content.headline()).isEqualTo("5 flags, 2 to be looked at");
    assertThat(entries(content))
        .extracting(Entry::title, entry -> entry.badge().word(), Entry::tags, Entry::note)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "forgotten",
                "undefined",
                List.of(),
                "asked for, but not defined: remove it from the code, which gets its own default,"
                    + " or define it"),
            org.assertj.core.groups.Tuple.tuple(
                "late",
                "expired",
                List.of("release"),
                "its last day has passed: remove it from the code, or agree on another day with its"
                    + " owner"),
            org.assertj.core.groups.Tuple.tuple("half", "12.5 %", List.of("release", "team a"), ""),
            org.assertj.core.groups.Tuple.tuple("on", "on", List.of("ops"), ""),
            org.assertj.core.groups.Tuple.tuple(
                "off", "off", List.of("release"), "its last day is 2026-11-28: plan its removal"));
  }

  @Test
  void showsWhatAFlagHasAnswered() {
    source.set(
        FlagDefinition.builder("theme")
            .enabled(true)
            .deny("bob")
            .variants(
                new Variant("dark", 1, new FlagValue.Text("d")),
                new Variant("light", 0, new FlagValue.Text("l")))
            .build());
    Flag flag = flags.flag("theme");
    for (int n = 0; n < 3; n++) {
      flag.variant("alice");
    }
    flag.variant("bob");

    Entry entry = entries(content()).get(0);

    assertThat(AnswerBar.of(flag).parts())
        .containsExactly(new dev.zdd.core.page.Bar.Part("dark 75.0 %", 0.75));
    assertThat(AnswerBar.of(flag).rest()).isEqualTo("off 25.0 %");
    assertThat(entry.picture()).isEqualTo(AnswerBar.of(flag));
    assertThat(entry.facts())
        .anySatisfy(fact -> {
          assertThat(fact.name()).isEqualTo("on");
          assertThat(fact.value()).isEqualTo(Value.of(3));
        });
    assertThat(AnswerBar.of(flags.flag("other")).rest()).isEqualTo("not asked yet");
  }

  @Test
  void saysWhenNothingHasBeenRead() {
    try (Flags unread =
        Flags.of(FileFlagSource.of(java.nio.file.Path.of("no-such-file-anywhere.json")))) {
      Content content = FlagsSection.of(unread).content(request());
      assertThat(content.badge().tone()).isEqualTo(Tone.WARNING);
      assertThat(content.badge().word()).isEqualTo("nothing read");
      assertThat(content.headline()).startsWith("0 flags; ");
    }
  }

  @Test
  void ratesAreOverTheLastSecondOrMore() {
    EvaluationRates rates = new EvaluationRates(() -> nanos);
    Flag flag = flags.flag("f");
    ask(flag, 100);
    passes(2_000);
    assertThat(rates.perSecond(flag)).isEqualTo(50);
    ask(flag, 30);
    passes(500);
    assertThat(rates.perSecond(flag)).as("too soon to say").isEqualTo(50);
    passes(1_000);
    assertThat(rates.perSecond(flag)).isEqualTo(20);
    passes(1_000);
    assertThat(rates.perSecond(flag)).isZero();
  }

  private void passes(long millis) {
    nanos += TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private static void ask(Flag flag, int times) {
    for (int n = 0; n < times; n++) {
      flag.isEnabled("alice");
    }
  }

  private Content content() {
    return section.content(request());
  }

  private static List<Entry> entries(Content content) {
    return content.blocks().stream()
        .filter(Entries.class::isInstance)
        .map(Entries.class::cast)
        .flatMap(each -> each.entries().stream())
        .toList();
  }

  private static EndpointRequest request() {
    return new EndpointRequest() {
      @Override
      public String method() {
        return "GET";
      }

      @Override
      public String path() {
        return "/status";
      }

      @Override
      public @Nullable String query() {
        return null;
      }

      @Override
      public @Nullable String header(String name) {
        return null;
      }

      @Override
      public @Nullable String remoteAddress() {
        return null;
      }
    };
  }
}
