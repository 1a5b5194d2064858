package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CompositeFlagSourceTest {
  private final CapturedLog log = new CapturedLog();
  private final AtomicLong clock = new AtomicLong();

  @AfterEach
  void close() {
    log.close();
  }

  @Test
  void theFirstThatDefinesAFlagDecidesAllOfItAndAChangeOfAnyIsPushed() {
    MemoryFlagSource high = MemoryFlagSource.of(flag("both", "0").owner("team").build());
    MemoryFlagSource low = MemoryFlagSource.of(on("both"), on("low-only"));
    Flags flags = Flags.of(CompositeFlagSource.of(high, low));

    assertThat(flags.flag("both").isEnabled("alice")).isFalse();
    assertThat(flags.flag("both").definition().owner()).isEqualTo("team");
    assertThat(flags.flag("low-only").isEnabled("alice")).isTrue();
    assertThat(flags.flag("both").explain("alice").version()).isEqualTo("1+1");
    assertThat(flags.flag("none").explain("alice").detail())
        .contains("memory over memory has no such flag");

    high.set();
    assertThat(flags.flag("both").isEnabled("alice")).isTrue();
    low.set(on("low-only"));
    assertThat(flags.flag("both").explain("alice").reason()).isEqualTo(Reason.ERROR);
    assertThat(flags.flag("both").explain("alice").version()).isEqualTo("2+2");
    assertThat(flags.status()).isEqualTo(new FlagSource.Status(Duration.ZERO, 0, null));
  }

  @Test
  void nothingIsPushedBeforeAllAreStartedAndThenOneMerge() {
    List<FlagSnapshot> pushed = new ArrayList<>();
    CompositeFlagSource.of(MemoryFlagSource.of(on("a")), MemoryFlagSource.of(on("b")))
        .start(pushed::add);
    assertThat(pushed).singleElement().satisfies(s -> assertThat(s.definitions()).hasSize(2));
  }

  @Test
  void aKeyIsWhatTheHighestThatNamesItSaysDefinedOrRetired() {
    FlagSnapshot high = new FlagSnapshot("h", List.of(on("revived")), List.of(), Set.of("buried"));
    FlagSnapshot low =
        new FlagSnapshot("l", List.of(on("buried")), List.of(), Set.of("revived", "gone"));
    FlagSnapshot merged = SnapshotMerge.of(List.of(high, low));

    assertThat(merged.definitions()).containsExactly(on("revived"));
    assertThat(merged.retired()).containsExactlyInAnyOrder("buried", "gone");
  }

  @Test
  void aSegmentIsTheHighestsForTheFlagsOfAll() {
    FlagDefinition forStaff =
        on("for-staff").toBuilder()
            .rules(
                new Rule(
                    null,
                    List.of(new Condition.InSegment("staff", false)),
                    null,
                    null,
                    Map.of(),
                    false))
            .percentage("0")
            .build();
    FlagSnapshot high =
        new FlagSnapshot("h", List.of(), List.of(Segment.of("staff", "alice")), Set.of());
    FlagSnapshot low =
        new FlagSnapshot(
            "l",
            List.of(forStaff),
            List.of(Segment.of("staff", "bob"), Segment.of("other")),
            Set.of());
    Flags flags = Flags.of(CompositeFlagSource.of(new GivenSource(high), new GivenSource(low)));

    assertThat(flags.flag("for-staff").isEnabled("alice")).isTrue();
    assertThat(flags.flag("for-staff").isEnabled("bob")).isFalse();
    assertThat(flags.snapshot().segments()).hasSize(2);
  }

  @Test
  void aFlagOfALowerSourceThatRequiresOneSeesTheHighestsDefinitionOfIt() {
    FlagDefinition needs = flag("needs", "100").requires(Requirement.on("base")).build();
    MemoryFlagSource high = MemoryFlagSource.of(flag("base", "0").build());
    Flags flags = Flags.of(CompositeFlagSource.of(high, MemoryFlagSource.of(needs, on("base"))));

    assertThat(flags.flag("needs").isEnabled("alice")).isFalse();
    high.set();
    assertThat(flags.flag("needs").isEnabled("alice")).isTrue();
  }

  @Test
  void aMergeThatDoesNotFitIsRefusedAndTheLastGoodOneServesWithAnAgeThatGrows() {
    FlagDefinition needs = flag("needs", "100").requires(Requirement.on("base")).build();
    GivenSource high = new GivenSource("high", new FlagSnapshot("1", List.of()));
    GivenSource low = new GivenSource("low", new FlagSnapshot("1", List.of(needs, on("base"))));
    Flags flags = Flags.of(CompositeFlagSource.of(clock::get, high, low));
    FlagSnapshot retires = new FlagSnapshot("2", List.of(on("new")), List.of(), Set.of("base"));

    high.push(retires);
    clock.addAndGet(Duration.ofSeconds(60).toNanos());
    high.push(retires);
    clock.addAndGet(Duration.ofSeconds(30).toNanos());
    assertThat(flags.flag("needs").isEnabled("alice")).isTrue();
    assertThat(flags.flag("new").explain("alice").reason()).isEqualTo(Reason.ERROR);
    assertThat(flags.status().problem())
        .isEqualTo(
            "the sources do not fit together: flag \"needs\": requires: \"base\""
                + " (expected: a flag of this snapshot)");
    assertThat(flags.status().age()).isEqualTo(Duration.ofSeconds(90));
    assertThat(log.linesWith("WARN")).hasSize(1);

    low.push(new FlagSnapshot("2", List.of()));
    assertThat(flags.flag("new").isEnabled("alice")).isTrue();
    assertThat(flags.status().problem()).isNull();
    assertThat(flags.status().age()).isZero();
  }

  @Test
  void thoseThatHaveAnsweredServeAndTheOthersAreNamed() {
    GivenSource high = new GivenSource("high", null);
    GivenSource low = new GivenSource("low", new FlagSnapshot("7", List.of(on("f"))));
    Flags flags = Flags.of(CompositeFlagSource.of(high, low));

    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThat(flags.flag("f").explain("alice").version()).isEqualTo("-+7");
    assertThat(flags.status().problem()).isEqualTo("high: nothing has been read yet");
    high.push(new FlagSnapshot("1", List.of(flag("f", "0").build())));
    assertThat(flags.flag("f").isEnabled("alice")).isFalse();
    assertThat(flags.status().problem()).isNull();
  }

  @Test
  void noneThatHasAnsweredLeavesTheCallersDefault() {
    Flags flags = Flags.of(CompositeFlagSource.of(new GivenSource(null), new GivenSource(null)));
    assertThat(flags.snapshot()).isNull();
    assertThat(flags.flag("f").explain("alice").reason()).isEqualTo(Reason.DEFAULT);
  }

  @Test
  void theAgeIsTheOldestsTheFailuresTheSumAndEachProblemIsNamed() {
    GivenSource high = new GivenSource("high", new FlagSnapshot("1", List.of()));
    GivenSource low = new GivenSource("low", null);
    high.status = new FlagSource.Status(Duration.ofSeconds(2), 3, "missing");
    low.status = new FlagSource.Status(Duration.ofSeconds(90), 4, "status 500");
    Flags flags = Flags.of(CompositeFlagSource.of(high, low));

    assertThat(flags.status())
        .isEqualTo(
            new FlagSource.Status(
                Duration.ofSeconds(90),
                7,
                "high: missing; low: nothing has been read yet, status 500"));
    assertThat(FlagFreshness.of(flags).get())
        .hasValue("the flags are 90 s old: " + flags.status().problem());
  }

  @Test
  void closeClosesAllAndNothingIsPushedAfterwards() {
    GivenSource high = new GivenSource("high", new FlagSnapshot("1", List.of(on("f"))));
    GivenSource low = new GivenSource("low", null);
    CompositeFlagSource composite = CompositeFlagSource.of(high, low);
    Flags flags = Flags.of(composite);
    flags.close();
    assertThat(high.closed).isTrue();
    assertThat(low.closed).isTrue();
    low.push(new FlagSnapshot("1", List.of(on("late"))));
    assertThat(flags.flag("late").isEnabled("alice")).isFalse();
    assertThat(flags.flag("f").isEnabled("alice")).isTrue();
    assertThatIllegalStateException()
        .isThrownBy(() -> composite.start(snapshot -> {}))
        .withMessage("high over low is closed (expected: not yet)");
  }

  @Test
  void aSourceThatCannotBeStartedClosesThoseBeforeIt() {
    GivenSource high = new GivenSource(null);
    MemoryFlagSource used = MemoryFlagSource.of();
    Flags.of(used);
    assertThatIllegalStateException()
        .isThrownBy(() -> Flags.of(CompositeFlagSource.of(high, used)));
    assertThat(high.closed).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CompositeFlagSource.of())
        .withMessage("sources: none (expected: one or more)");
  }

  // A memory source pushes under its own lock, and the composite merges under another.
  @Test
  void sourcesThatChangeAtOnceWhileItStartsDoNotWaitForEachOtherForever() {
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          for (int n = 0; n < 200; n++) {
            MemoryFlagSource high = MemoryFlagSource.of();
            MemoryFlagSource low = MemoryFlagSource.of();
            AtomicBoolean enough = new AtomicBoolean();
            Thread writer =
                new Thread(() -> {
                  while (!enough.get()) {
                    high.set(on("f"));
                    low.set(on("g"));
                  }
                });
            writer.start();
            Flags flags = Flags.of(CompositeFlagSource.of(high, low));
            enough.set(true);
            writer.join();
            high.set(on("f"));
            low.set(on("g"));
            assertThat(flags.flag("f").isEnabled("alice")).isTrue();
            assertThat(flags.flag("g").isEnabled("alice")).isTrue();
          }
        });
    log.discard(); // hundreds of snapshots
  }

  private static FlagDefinition on(String key) {
    return FlagDefinition.builder(key).enabled(true).build();
  }

  private static FlagDefinition.Builder flag(String key, String percentage) {
    return FlagDefinition.builder(key).enabled(true).percentage(percentage);
  }
}
