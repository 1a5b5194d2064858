package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofHours;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Badge;
import dev.zdd.core.page.Content;
import dev.zdd.core.page.Entries;
import dev.zdd.core.page.Entry;
import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Facts;
import dev.zdd.core.page.StatusPage;
import dev.zdd.core.page.Timeline;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a page is told of the health, and what is kept from it. */
@Timeout(30)
class HealthSectionTest extends HealthFixture {
  private static final EndpointRequest READER = EndpointRequest.of("GET", "/status", null);
  private static final EndpointRequest OWNER = EndpointRequest.of("GET", "/status", "owner");

  /** One run within a test, which may take as long as the test likes. */
  private static final UnaryOperator<CheckOptions> HOURLY =
      c -> c.every(ofHours(1)).timeout(ofHours(1)).recheck(ofHours(1));

  private Content content(EndpointRequest request) {
    return health.section().content(request);
  }

  private Fact probe(String name) {
    return ((Facts) content(READER).blocks().get(0))
        .facts().stream().filter(fact -> fact.name().startsWith(name)).findFirst().orElseThrow();
  }

  private List<Entry> entries(EndpointRequest request) {
    return ((Entries) content(request).blocks().get(1)).entries();
  }

  private Entry entry(String check) {
    return entries(READER).stream()
        .filter(entry -> entry.title().equals(check))
        .findFirst()
        .orElseThrow();
  }

  private static Value fact(Entry entry, String name) {
    return entry.facts().stream()
        .filter(fact -> fact.name().equals(name))
        .findFirst()
        .orElseThrow()
        .value();
  }

  private String html(EndpointRequest request) {
    return new String(
        StatusPage.at("/status", "shop", health.section()).handle(request).body(), UTF_8);
  }

  @Test
  void isCalledHealth() {
    assertThat(health.section().title()).isEqualTo("Health");
    assertThat(html(READER)).contains(">Health<");
  }

  @Test
  void tellsTheProbesAndTheGroupsAndSinceWhen() {
    start(builder.readiness("db", HealthResult::up, QUICK).group("payments", "db"));
    await().until(() -> check(Probe.READINESS, "db").status() == Status.UP);
    assertThat(probe("readiness").value()).isEqualTo(new Badge(Tone.WARNING, "not ready"));
    assertThat(probe("liveness").value()).isEqualTo(new Badge(Tone.GOOD, "alive"));
    assertThat(probe("startup").value()).isEqualTo(new Badge(Tone.WARNING, "starting"));
    assertThat(content(READER).headline()).isEqualTo("starting; 1 check, all up");
    Value startingSince = probe("readiness").more();
    Value aliveSince = probe("liveness").more();

    lifecycle.ready();
    assertThat(probe("readiness").value()).isEqualTo(new Badge(Tone.GOOD, "ready"));
    assertThat(probe("group payments").value()).isEqualTo(new Badge(Tone.GOOD, "ready"));
    assertThat(content(READER).badge()).isEqualTo(new Badge(Tone.GOOD, "ready"));
    assertThat(probe("readiness").more()).isNotEqualTo(startingSince);
    assertThat(probe("liveness").more()).isEqualTo(aliveSince);

    lifecycle.drain("SIGTERM");
    assertThat(content(READER).badge()).isEqualTo(new Badge(Tone.WARNING, "not ready"));
    assertThat(content(READER).headline()).isEqualTo("draining; 1 check, all up");
  }

  @Test
  void notesSinceWhenAlsoWhileNobodyLooks() {
    start(builder);
    HealthSignal warm = health.signal("warm");
    lifecycle.ready();
    warm.up();
    Value since = probe("readiness").more();
    await()
        .until(() -> {
          warm.down("cold");
          warm.up();
          return !since.equals(probe("readiness").more());
        });
  }

  @Test
  void notesAlsoWhileNobodyLooksThatATooOldResultIsReplaced() {
    FakeTicker ticker = new FakeTicker();
    CountDownLatch release = new CountDownLatch(1);
    start(builder.ticker(ticker).liveness("loop", () -> upAfter(release), HOURLY));
    ticker.advance(Duration.ofHours(5));
    probe("liveness"); // the first look leaves a mark
    ticker.advance(Duration.ofHours(2));
    assertThat(probe("liveness").value()).isEqualTo(new Badge(Tone.BAD, "dead"));

    AtomicReference<Instant> ran = new AtomicReference<>();
    health.onRun((check, outcome, took) -> ran.set(Instant.now()));
    release.countDown();
    await().until(() -> ran.get() != null && Instant.now().isAfter(ran.get()));
    assertThat(probe("liveness").value()).isEqualTo(new Badge(Tone.GOOD, "alive"));
    assertThat(since("liveness")).isBeforeOrEqualTo(ran.get());
  }

  @Test
  void notesAlsoWhileNobodyLooksThatTheLifecycleGoesOn() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch told = new CountDownLatch(2);
    start(builder.readiness("db", () -> upAfter(release), HOURLY).group("payments", "db"));
    health.onRun((check, outcome, took) -> told.countDown());
    health.onChange(change -> told.countDown());
    release.countDown();
    told.await();

    lifecycle.ready();
    Instant ready = Instant.now();
    await().until(() -> Instant.now().isAfter(ready));
    assertThat(since("readiness")).isBeforeOrEqualTo(ready);
    assertThat(since("group payments")).isBeforeOrEqualTo(ready);
  }

  private static HealthResult upAfter(CountDownLatch release) throws InterruptedException {
    release.await();
    return HealthResult.up();
  }

  private Instant since(String probe) {
    return ((Value.Moment) requireNonNull(probe(probe).more())).at();
  }

  @Test
  void ofWhatIsUpShowsFirstWhatHasBegunToFailAndThenWhatIsRequired() {
    start(
        builder
            .liveness("loop", HealthResult::up, HOURLY)
            .liveness("wobbly", () -> HealthResult.down("no"), HOURLY));
    health.signal(Probe.READINESS, "extra", CheckOptions::optional).up();
    health.signal("needed").up();
    await().until(() -> check(Probe.LIVENESS, "wobbly").consecutiveFailures() == 1);
    assertThat(entries(READER))
        .extracting(Entry::title)
        .containsExactly("wobbly", "loop", "needed", "extra");
    assertThat(entry("wobbly").note()).isEqualTo("failed 1 of 3 times: reason withheld");
    assertThat(content(READER).headline()).isEqualTo("starting; 4 checks, all up");
  }

  @Test
  void namesTheTwoThatAreNotUp() {
    start(builder);
    lifecycle.ready();
    health.signal("db").down("no");
    health.signal("warm").degraded("lukewarm");
    assertThat(content(READER).headline()).isEqualTo("db is down, warm is degraded");
  }

  @Test
  void showsWhatIsBrokenBeforeWhatIsOnlyOptional() {
    start(
        builder
            .readiness("fine", HealthResult::up, QUICK)
            .readiness("slow", () -> HealthResult.degraded("slow"), QUICK)
            .readiness("extra", () -> HealthResult.down("no"), c -> QUICK.apply(c).optional())
            .readiness("needed", () -> HealthResult.down("no"), QUICK));
    lifecycle.ready();
    await()
        .until(() ->
            entries(READER).stream()
                .map(Entry::title)
                .toList()
                .equals(List.of("needed", "extra", "slow", "fine")));
    assertThat(entry("needed").badge()).isEqualTo(new Badge(Tone.BAD, "down"));
    assertThat(entry("extra").badge()).isEqualTo(new Badge(Tone.WARNING, "down"));
    assertThat(entry("extra").tags()).containsExactly("readiness", "optional");
    assertThat(entry("slow").badge()).isEqualTo(new Badge(Tone.WARNING, "degraded"));
    assertThat(content(READER).badge()).isEqualTo(new Badge(Tone.BAD, "not ready"));
    assertThat(content(READER).headline())
        .isEqualTo("needed is down, extra is down, and 1 more not up");
  }

  @Test
  void showsToEachReaderWhatTheRuleAllows() {
    start(
        builder
            .details(
                request -> "owner".equals(request.query()) ? Details.EVERYTHING : Details.NAMES)
            .readiness("orders-db", () -> HealthResult.down("disk full <b>"), QUICK));
    lifecycle.ready();
    await().until(() -> check(Probe.READINESS, "orders-db").status() == Status.DOWN);
    assertThat(html(READER)).contains("orders-db", "reason withheld").doesNotContain("disk full");
    assertThat(html(OWNER)).contains("orders-db", "disk full &lt;b&gt;").doesNotContain("withheld");
    Timeline past = (Timeline) entry("orders-db").picture();
    assertThat(past.intervals()).allMatch(interval -> interval.note().isEmpty());
  }

  @Test
  void showsNoChecksToWhoMaySeeNothing() {
    start(
        builder
            .details(Details.NOTHING)
            .readiness("orders-db", () -> HealthResult.down("disk full"), QUICK));
    lifecycle.ready();
    await().until(() -> check(Probe.READINESS, "orders-db").status() == Status.DOWN);
    assertThat(html(READER)).contains("not ready").doesNotContain("orders-db", "disk full");
    assertThat(content(READER).headline()).isEqualTo("the checks are not shown to you");
  }

  @Test
  void showsNothingIfTheRuleFails() {
    start(
        builder
            .details(request -> {
              throw new IllegalStateException("rule");
            })
            .readiness("orders-db", HealthResult::up));
    assertThat(html(READER)).contains("not ready").doesNotContain("orders-db", "not shown<");
  }

  @Test
  void tellsTheLastTransitionsAndHowLongEachLasted() {
    start(builder.details(Details.EVERYTHING));
    HealthSignal warm = health.signal("warm");
    for (int i = 0; i < 4; i++) {
      warm.up();
      warm.degraded("lap " + i);
    }
    List<Timeline.Interval> past = ((Timeline) entry("warm").picture()).intervals();
    assertThat(past)
        .extracting(interval -> interval.badge().word() + " " + interval.note())
        .containsExactly("up ", "degraded lap 1", "up ", "degraded lap 2", "up ", "degraded lap 3");
    assertThat(entry("warm").tags()).contains("signal");
    assertThat(entry("warm").facts()).extracting(Fact::name).doesNotContain("next run", "every");
  }

  @Test
  void tellsThatAResultIsTooOldAndSinceWhen() {
    FakeTicker ticker = new FakeTicker();
    start(
        builder
            .ticker(ticker)
            .readiness("db", HealthResult::up, c -> c.every(Duration.ofHours(1))));
    await().until(() -> check(Probe.READINESS, "db").status() == Status.UP);
    ticker.advance(Duration.ofHours(4));
    entry("db"); // the first look leaves a mark
    ticker.advance(Duration.ofHours(2));
    assertThat(entry("db").badge()).isEqualTo(new Badge(Tone.BAD, "unknown"));
    List<Timeline.Interval> past = ((Timeline) entry("db").picture()).intervals();
    assertThat(past)
        .extracting(interval -> interval.badge().word())
        .containsExactly("unknown", "up", "unknown");
    assertThat(past.get(2).length()).isBetween(Duration.ofMinutes(170), Duration.ofHours(3));
  }

  @Test
  void tellsWhatHangs() {
    CountDownLatch end = new CountDownLatch(1);
    start(
        builder.readiness(
            "stuck",
            () -> {
              end.await();
              return HealthResult.up();
            },
            c -> QUICK.apply(c).timeout(Duration.ofMillis(20)).uninterrupted()));
    try {
      await().until(() -> entry("stuck").badge().word().equals("down"));
      await()
          .until(() -> entry("stuck").facts().stream().anyMatch(f -> f.name().equals("hangs for")));
      assertThat(fact(entry("stuck"), "failures in a row")).isNotEqualTo(Value.of(0));
      assertThat(fact(entry("stuck"), "last success")).isEqualTo(Value.of("none yet"));
    } finally {
      end.countDown();
    }
  }

  @Test
  void tellsForHowLongASharedCheckIsHeld() {
    start(builder);
    HealthSignal db = health.signal(Probe.READINESS, "db", c -> c.shared(Duration.ofHours(1)));
    HealthSignal ever = health.signal(Probe.READINESS, "ever", c -> c.shared(CheckOptions.FOREVER));
    lifecycle.ready();
    db.up();
    ever.up();
    db.down("gone");
    ever.down("gone");
    assertThat(entry("db").badge()).isEqualTo(new Badge(Tone.WARNING, "down"));
    assertThat(entry("db").tags()).contains("shared");
    assertThat(((Value.Length) fact(entry("db"), "only degrades for")).length())
        .isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
    assertThat(fact(entry("ever"), "only degrades for")).isEqualTo(Value.of("ever"));
    assertThat(content(READER).badge()).isEqualTo(new Badge(Tone.WARNING, "ready, degraded"));
  }

  @Test
  void givesTheWorstTwoHundredOfManyAndCountsTheRest() {
    start(builder);
    for (int i = 0; i < 300; i++) {
      health.signal("signal-" + i).up();
    }
    health.signal("last").down("no");
    Entries shown = (Entries) content(READER).blocks().get(1);
    assertThat(shown.entries()).hasSize(200);
    assertThat(shown.entries().get(0).title()).isEqualTo("last");
    assertThat(shown.more()).isEqualTo(101);
  }
}
