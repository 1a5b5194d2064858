package dev.zdd.flags;

import static dev.zdd.flags.StaleKind.EXPIRED;
import static dev.zdd.flags.StaleKind.EXPIRES_SOON;
import static dev.zdd.flags.StaleKind.FULLY_ON;
import static dev.zdd.flags.StaleKind.NEVER_EVALUATED;
import static dev.zdd.flags.StaleKind.OVERDUE;
import static dev.zdd.flags.StaleKind.RETIRED;
import static dev.zdd.flags.StaleKind.UNDEFINED;
import static dev.zdd.flags.StaleKind.UNREFERENCED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StaleFlagsTest {
  private static final Instant START = Instant.parse("2026-11-28T12:00:00Z");
  private static final LocalDate TODAY = LocalDate.parse("2026-11-28");

  // What the day is, for the flags and for the reports.
  private Instant now = START;
  private final InstantSource clock = () -> now;

  @TempDir Path dir;

  @Test
  void aFlagMayBeThereOnItsLastDayAndNotOnTheNext() {
    StaleFlags stale = stale(flag("a").expires(TODAY));
    assertThat(stale.report().findings())
        .containsExactly(
            new StaleFinding(
                EXPIRES_SOON,
                "a",
                null,
                null,
                false,
                "its last day is 2026-11-28",
                "plan its removal"));
    assertThat(stale.report().isFailing()).isFalse();

    now = Instant.parse("2026-11-29T00:00:00Z");
    assertThat(stale.report().findings())
        .containsExactly(
            new StaleFinding(
                EXPIRED,
                "a",
                null,
                TODAY,
                true,
                "its last day has passed",
                "remove it from the code, or agree on another day with its owner"));
    assertThat(stale.report().isFailing()).isTrue();
  }

  @Test
  void anExpiryIsWarnedOfInTime() {
    StaleFlags stale = stale(flag("a").expires(TODAY.plusDays(14)));
    assertThat(kinds(stale)).containsExactly(EXPIRES_SOON);
    now = now.minus(Duration.ofDays(1));
    assertThat(kinds(stale)).isEmpty();
  }

  @Test
  void whatTheDefinitionDoesNotSayTheCodeSays() {
    FlagKey declared = FlagKey.of("a", "team code", TODAY.minusDays(1));

    assertThat(stale(List.of(declared), flag("a")).report().findings())
        .extracting(StaleFinding::kind, StaleFinding::owner, StaleFinding::since)
        .containsExactly(tuple(EXPIRED, "team code", TODAY.minusDays(1)));

    StaleFlags told =
        stale(List.of(declared), flag("a").owner("team file").expires(TODAY.plusDays(1)));
    assertThat(told.report().findings())
        .extracting(StaleFinding::kind, StaleFinding::owner)
        .containsExactly(tuple(EXPIRES_SOON, "team file"));
  }

  @Test
  void aKeyThatTheCodeDeclaresExpiresThoughNothingDefinesIt() {
    assertThat(kinds(stale(List.of(FlagKey.of("gone", "team", TODAY.minusDays(1))))))
        .containsExactly(EXPIRED, UNDEFINED);
  }

  @Test
  void withoutAnExpiryTheTypeSaysHowOldAFlagBecomes() {
    for (FlagType type : FlagType.values()) {
      Integer days =
          switch (type) {
            case RELEASE, EXPERIMENT -> 40;
            case MIGRATION -> 90;
            case OPS, KILL_SWITCH, PERMISSION -> null;
          };
      LocalDate created = TODAY.minusDays(days == null ? 10_000 : days);
      assertThat(kinds(stale(flag("a").type(type).created(created)))).as(type.text()).isEmpty();
      StaleFlags old = stale(flag("a").type(type).created(created.minusDays(1)));
      assertThat(kinds(old)).as(type.text()).isEqualTo(days == null ? List.of() : List.of(OVERDUE));
    }
    StaleFlags dated = stale(flag("a").created(TODAY.minusDays(400)).expires(TODAY.plusDays(100)));
    assertThat(kinds(dated)).as("a written day counts instead").isEmpty();
  }

  @Test
  void aLifetimeCanBeAnother() {
    StaleFlags stale =
        builder(flag("a").created(TODAY.minusDays(6)))
            .lifetimeDays(FlagType.RELEASE, 5)
            .keys(() -> "a")
            .build();
    StaleFinding finding = stale.report().findings().get(0);
    assertThat(finding.kind()).isEqualTo(OVERDUE);
    assertThat(finding.since()).isEqualTo(TODAY.minusDays(1));
    assertThat(finding.why())
        .isEqualTo("it is of type release, over 5 days old, and has no expiry");
  }

  @Test
  void aPermanentFlagHasNoAgeAndStillTheDayThatSomebodyWroteDown() {
    for (FlagType type : FlagType.values()) {
      if (type.isPermanent()) {
        StaleFlags old = stale(flag("a").type(type).enabled(true).created(TODAY.minusDays(10_000)));
        assertThat(kinds(old)).as(type.text()).isEmpty();
        assertThat(kinds(stale(flag("a").type(type).expires(TODAY.minusDays(1)))))
            .containsExactly(EXPIRED);
      }
    }
  }

  @Test
  void theCodesTypeCountsWhereTheDefinitionHasNone() {
    FlagKey permission = FlagKey.of("a", "team", FlagType.PERMISSION);
    LocalDate old = TODAY.minusDays(1_000);
    assertThat(kinds(stale(List.of(permission), flag("a").created(old)))).isEmpty();
    assertThat(kinds(stale(List.of(permission), flag("a").type(FlagType.EXPERIMENT).created(old))))
        .containsExactly(OVERDUE);
  }

  @Test
  void aMemoryKnowsSinceWhenAFlagIsOnForEveryone() {
    MemoryFlagSource source = MemoryFlagSource.of(half("a"));
    Flags flags = Flags.of(source, clock);
    flags.flag("a").isEnabled("x");
    StaleFlags stale = StaleFlags.builder(flags).memory(dir.resolve("m")).clock(clock).build();
    assertThat(stale.report().findings()).isEmpty();

    now = START.plus(Duration.ofDays(1));
    source.set(all("a"));
    assertThat(kinds(stale)).isEmpty();
    now = START.plus(Duration.ofDays(30));
    assertThat(kinds(stale)).as("29 days").isEmpty();
    now = START.plus(Duration.ofDays(31));
    StaleFinding finding = stale.report().findings().get(0);
    assertThat(finding.kind()).isEqualTo(FULLY_ON);
    assertThat(finding.failing()).isTrue();
    assertThat(finding.since()).isEqualTo(TODAY.plusDays(1));
    assertThat(finding.why()).isEqualTo("it has been on for everyone for 30 days");

    // Lowered and raised again: a new beginning.
    source.set(half("a"));
    assertThat(kinds(stale)).isEmpty();
    source.set(all("a"));
    assertThat(kinds(stale)).isEmpty();
  }

  @Test
  void theMemoryOutlivesTheProgramAndGivesAFlagWithoutCreatedAnAge() {
    Path memory = dir.resolve("m");
    builder(half("a").toBuilder()).memory(memory).build().report();

    now = START.plus(Duration.ofDays(41));
    StaleFlags later = builder(half("a").toBuilder()).memory(memory).ignore(UNREFERENCED).build();
    assertThat(kinds(later)).containsExactly(OVERDUE);
  }

  @Test
  void withoutAMemoryFullyOnOnlyWarns() {
    StaleFlags stale =
        stale(flag("a").enabled(true).created(TODAY.minusDays(30)).expires(TODAY.plusDays(99)));
    StaleFinding finding = stale.report().findings().get(0);
    assertThat(finding.kind()).isEqualTo(FULLY_ON);
    assertThat(finding.failing()).isFalse();
    assertThat(finding.since()).isEqualTo(TODAY.minusDays(30));

    StaleFlags scheduled =
        stale(
            flag("a")
                .enabled(true)
                .created(TODAY.minusDays(30))
                .from(START.minus(Duration.ofDays(2)))
                .expires(TODAY.plusDays(99)));
    assertThat(kinds(scheduled)).as("only since two days by its schedule").isEmpty();
    assertThat(kinds(stale(flag("a").enabled(true)))).as("nothing known of its age").isEmpty();
  }

  @Test
  void whatIsAskedForAndNotDefinedIsFoundAtOnce() {
    Flags flags = Flags.of(source(List.of(), Set.of("old")), clock);
    flags.flag("new");
    flags.flag("old");
    flags.flag(FlagKey.of("typed", "team typed", FlagType.OPS));

    assertThat(StaleFlags.builder(flags).clock(clock).build().report().findings())
        .extracting(StaleFinding::kind, StaleFinding::flag, StaleFinding::owner, StaleFinding::why)
        .containsExactly(
            tuple(RETIRED, "old", null, "asked for though retired"),
            tuple(UNDEFINED, "new", null, "asked for, but not defined"),
            tuple(UNDEFINED, "typed", "team typed", "the code declares it, nothing defines it"));
  }

  @Test
  void aDeclaredKeyThatIsRetiredFailsTheBuildAndHasNoOtherFinding() throws Exception {
    write("Shop.java", "FlagKey.of('old')");
    Flags flags = Flags.of(source(List.of(), Set.of("old")), clock);
    StaleFlags stale =
        StaleFlags.builder(flags)
            .keys(FlagKey.of("old", "team", TODAY.minusDays(9)))
            .sources(dir)
            .clock(clock)
            .build();
    StaleReport report = stale.report();
    assertThat(report.findings())
        .extracting(StaleFinding::kind, StaleFinding::why)
        .containsExactly(tuple(RETIRED, "the code declares a retired key"));
    assertThat(report.isFailing()).isTrue();
  }

  @Test
  void whatAProgramDoesNotUseIsReportedWhenItHasRunForADay() {
    Flags flags = Flags.of(MemoryFlagSource.of(half("used"), half("held"), half("idle")), clock);
    flags.flag("used").isEnabled((String) null);
    flags.flag("held").explain("x");
    StaleFlags stale = StaleFlags.builder(flags).clock(clock).build();
    now = START.plus(Duration.ofDays(1)).minusNanos(1);
    assertThat(stale.report().findings()).isEmpty();

    now = START.plus(Duration.ofDays(1));
    assertThat(stale.report().findings())
        .extracting(StaleFinding::kind, StaleFinding::flag, StaleFinding::since)
        .containsExactly(tuple(UNREFERENCED, "idle", TODAY), tuple(NEVER_EVALUATED, "held", TODAY));

    StaleFlags declared = StaleFlags.builder(flags).keys(() -> "idle").clock(clock).build();
    assertThat(declared.report().findings())
        .as("declared, so there; but never asked")
        .extracting(StaleFinding::kind, StaleFinding::flag)
        .containsExactly(tuple(NEVER_EVALUATED, "held"), tuple(NEVER_EVALUATED, "idle"));
  }

  @Test
  void aFlagThatAnotherRequiresIsInUse() {
    FlagDefinition above =
        FlagDefinition.builder("above").requires(Requirement.on("below")).build();
    Flags flags = Flags.of(MemoryFlagSource.of(above, half("below")), clock);
    flags.flag("above").isEnabled("x");
    StaleFlags stale = StaleFlags.builder(flags).unusedFor(Duration.ZERO).clock(clock).build();
    assertThat(kinds(stale)).isEmpty();
  }

  @Test
  void ofADocumentUnreferencedIsWhatNeitherKeysNorSourcesHave() throws Exception {
    Path document =
        write(
            "flags.json",
            "{'flags':{'a':{'enabled':false},'b':{'enabled':false},"
                + "'c':{'enabled':false}},'retired':['old']}");
    Path code = write("Shop.java", "flags.flag('b'); // was 'old'");
    assertThat(kinds(StaleFlags.builder(document).clock(clock).build()))
        .as("nothing is known of the code")
        .isEmpty();
    StaleReport report =
        StaleFlags.builder(document).keys(() -> "a").sources(dir).clock(clock).build().report();
    assertThat(report.findings())
        .extracting(
            StaleFinding::kind, StaleFinding::flag, StaleFinding::failing, StaleFinding::why)
        .containsExactly(
            tuple(UNREFERENCED, "c", true, "defined, but the program does not use it"),
            tuple(RETIRED, "old", false, "stands in " + code + ":1 though retired"));
  }

  @Test
  void beforeTheFirstSnapshotNothingIsFound() {
    Flags flags = Flags.of(new Silent(), clock);
    flags.flag("a");
    Path memory = dir.resolve("m");
    StaleReport report = StaleFlags.builder(flags).memory(memory).clock(clock).build().report();
    assertThat(report).isEqualTo(new StaleReport(START, null, 0, List.of()));
    assertThat(memory).doesNotExist();
  }

  @Test
  void findingsCanBeLeftOut() {
    StaleFlags stale =
        builder(flag("a").created(TODAY.minusDays(99)).expires(TODAY.minusDays(1)))
            .keys(() -> "b")
            .ignore(EXPIRED, UNDEFINED)
            .build();
    assertThat(kinds(stale)).containsExactly(UNREFERENCED);
  }

  @Test
  void badSettingsAreRefused() throws Exception {
    StaleFlags.Builder builder = builder();
    refused(b -> b.fullyOnDays(0), "fullyOnDays: 0 (expected: >= 1)");
    refused(b -> b.warnDays(-1), "warnDays: -1 (expected: >= 0)");
    refused(b -> b.lifetimeDays(FlagType.RELEASE, 0), "lifetimeDays: 0 (expected: >= 1)");
    refused(
        b -> b.lifetimeDays(FlagType.OPS, 9),
        "lifetimeDays: ops (expected: a type that is not permanent)");
    refused(b -> b.unusedFor(Duration.ofNanos(-1)), "unusedFor: PT-0.000000001S (expected: >= 0)");
    builder.keys(ShopFlags.values()).keys(ShopFlags.NEW_CHECKOUT);
    assertThatThrownBy(() -> builder.keys(FlagKey.of("payments", "others", FlagType.OPS)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("keys: \"payments\" is declared twice, as PAYMENTS and as ");

    Path bad = write("bad.json", "{'flags':{'a':{}}}");
    assertThatThrownBy(() -> StaleFlags.builder(bad))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("document: " + bad + ": line 1, column ");
    Path missing = dir.resolve("missing.json");
    assertThatThrownBy(() -> StaleFlags.builder(missing))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageStartingWith("document: " + missing + ": ");
  }

  private void refused(Consumer<StaleFlags.Builder> setting, String message) {
    StaleFlags.Builder builder = builder();
    assertThatThrownBy(() -> setting.accept(builder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static List<StaleKind> kinds(StaleFlags stale) {
    return stale.report().findings().stream().map(StaleFinding::kind).toList();
  }

  /** With all of them in use, so that only ages are found. */
  private StaleFlags stale(FlagDefinition.Builder... definitions) {
    return stale(List.of(), definitions);
  }

  private StaleFlags stale(List<FlagKey> keys, FlagDefinition.Builder... definitions) {
    List<FlagDefinition> built = List.of(definitions).stream().map(d -> d.build()).toList();
    Flags flags = Flags.of(source(built, Set.of()), clock);
    return StaleFlags.builder(flags)
        .keys(keys)
        .unusedFor(Duration.ofDays(10_000))
        .clock(clock)
        .build();
  }

  private StaleFlags.Builder builder(FlagDefinition.Builder... definitions) {
    List<FlagDefinition> built = List.of(definitions).stream().map(d -> d.build()).toList();
    Flags flags = Flags.of(source(built, Set.of()), clock);
    return StaleFlags.builder(flags).unusedFor(Duration.ZERO).clock(clock);
  }

  private static FlagDefinition.Builder flag(String key) {
    return FlagDefinition.builder(key);
  }

  private static FlagDefinition half(String key) {
    return flag(key).enabled(true).percentage("50").build();
  }

  private static FlagDefinition all(String key) {
    return flag(key).enabled(true).percentage("100").build();
  }

  private static FlagSource source(List<FlagDefinition> definitions, Set<String> retired) {
    return new Silent() {
      @Override
      public void start(Consumer<FlagSnapshot> consumer) {
        consumer.accept(new FlagSnapshot("1", definitions, List.of(), retired));
      }
    };
  }

  private Path write(String name, String content) throws Exception {
    return Files.writeString(dir.resolve(name), content.replace('\'', '"'));
  }

  /** A source that has nothing. */
  private static class Silent implements FlagSource {
    @Override
    public void start(Consumer<FlagSnapshot> consumer) {}

    @Override
    public Status status() {
      return new Status(Duration.ZERO, 0, null);
    }

    @Override
    public void close() {}
  }
}
