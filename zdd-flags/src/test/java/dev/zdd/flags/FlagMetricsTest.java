package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlagMetricsTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  @Test
  void countsWhatEachFlagAnsweredWhetherAskedForBeforeOrAfterTheBinding() {
    Flags flags =
        Flags.of(
            MemoryFlagSource.of(
                FlagDefinition.builder("a").enabled(true).allow("x").percentage("0").build()));
    Flag before = flags.flag("a");
    new FlagMetrics(flags).bindTo(registry);
    Flag after = flags.flag("b");

    before.isEnabled("x");
    before.isEnabled("x");
    before.isEnabled("y");
    before.isEnabled(7);
    before.isEnabled((String) null);
    before.explain("x");
    after.isEnabled("x", true);

    assertThat(evaluations("a", "on")).isEqualTo(2);
    assertThat(evaluations("a", "off")).isEqualTo(2);
    assertThat(evaluations("a", "no_unit")).isEqualTo(1);
    assertThat(evaluations("b", "on")).isEqualTo(1);
    assertThat(evaluations("b", "off")).isZero();
  }

  @Test
  void showsTheAgeAndTheFailuresOfTheSource(@TempDir Path dir) {
    AtomicLong clock = new AtomicLong();
    FileFlagSource source =
        FileFlagSource.builder(dir.resolve("missing.json"))
            .pollInterval(Duration.ofHours(1))
            .ticker(clock::get)
            .build();
    try (Flags flags = Flags.of(source)) {
      new FlagMetrics(flags).bindTo(registry);
      clock.addAndGet(Duration.ofSeconds(30).toNanos());

      assertThat(registry.get("zdd.flags.age").timeGauge().value(TimeUnit.SECONDS)).isEqualTo(30);
      assertThat(registry.get("zdd.flags.failures").functionCounter().count()).isEqualTo(1);
    }
  }

  @Test
  void showsHowManyFlagsAreStaleFromAReportThatIsAMinuteOldAtMost() {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-28T12:00:00Z"));
    Flags flags = Flags.of(MemoryFlagSource.of(), now::get);
    flags.flag("a");
    new FlagMetrics(flags, StaleFlags.builder(flags).clock(now::get).build()).bindTo(registry);
    assertThat(stale("undefined")).isEqualTo(1);
    assertThat(stale("expired")).isZero();

    flags.flag("b");
    now.set(now.get().plusSeconds(59));
    assertThat(stale("undefined")).isEqualTo(1);
    now.set(now.get().plusSeconds(1));
    assertThat(stale("undefined")).isEqualTo(2);
  }

  @Test
  void withoutAReportNothingIsSaidOfStaleFlags() {
    new FlagMetrics(Flags.of(MemoryFlagSource.of())).bindTo(registry);
    assertThat(registry.find("zdd.flags.stale").gauge()).isNull();
  }

  @Test
  void aRegistryThatRefusesAMeterDoesNotWithholdTheFlag() {
    Flags flags = Flags.of(MemoryFlagSource.of());
    flags.watch(flag -> {
      throw new IllegalArgumentException("other tags");
    });
    assertThat(flags.flag("a").isEnabled("x", true)).isTrue();
  }

  private double stale(String finding) {
    return registry.get("zdd.flags.stale").tags("finding", finding).gauge().value();
  }

  private double evaluations(String flag, String outcome) {
    return registry
        .get("zdd.flags.evaluations")
        .tags(Tags.of("flag", flag, "outcome", outcome))
        .functionCounter()
        .count();
  }
}
