package dev.zdd.health;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Timeline;
import dev.zdd.core.page.Tone;
import dev.zdd.core.page.Value;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class CheckLineTest {
  private static final Instant NOW = Instant.parse("2026-11-28T12:00:00Z");
  private static final long READING = 1_000_000_000_000L;

  // A check that has been up for a minute and waits for its next run.
  private CheckOptions options = CheckOptions.DEFAULTS;
  private Status status = Status.UP;
  private @Nullable String reason;
  private List<HealthChange> transitions = List.of();
  private @Nullable Instant lastSuccess = NOW.minusSeconds(3);
  private int failures;
  private @Nullable Long believedUntil = in(ofSeconds(13));
  private @Nullable Long heldUntil;
  private @Nullable Long nextRunAt = in(ofSeconds(2));
  private @Nullable Long runningSince;

  private static long in(Duration time) {
    return READING + time.toNanos();
  }

  private static long ago(Duration time) {
    return READING - time.toNanos();
  }

  private CheckLine line() {
    CheckSnapshot check =
        new CheckSnapshot(
            Probe.LIVENESS,
            "db",
            options,
            status,
            reason,
            NOW.minusSeconds(60),
            lastSuccess,
            failures,
            ofMillis(12),
            transitions,
            ago(ofSeconds(3)),
            believedUntil,
            heldUntil,
            nextRunAt,
            runningSince);
    return new CheckLine(check, false, Details.EVERYTHING, NOW, READING);
  }

  private String intervals() {
    StringBuilder text = new StringBuilder();
    for (Timeline.Interval each : ((Timeline) line().entry().picture()).intervals()) {
      text.append(each.badge().word()).append(' ').append(each.from());
      text.append(' ').append(each.length()).append('\n');
    }
    return text.toString();
  }

  @Test
  void tellsHowItIsRun() {
    assertThat(line().entry().facts())
        .containsExactly(
            Fact.of("since", Value.of(NOW.minusSeconds(60))),
            Fact.of("last success", Value.of(NOW.minusSeconds(3))),
            new Fact("failures in a row", Value.of(0), Value.of("down after 3")),
            Fact.of("last run took", Value.of(ofMillis(12))),
            Fact.of("last result", Value.of(NOW.minusSeconds(3))),
            Fact.of("next run", Value.of(ofSeconds(2))),
            new Fact("every", Value.of(ofSeconds(5)), Value.of("timeout 1 s")));
  }

  @Test
  void runsUpToItsTimeoutAndHangsFromThenOn() {
    nextRunAt = null;
    runningSince = ago(ofSeconds(1));
    assertThat(line().entry().facts())
        .contains(
            new Fact("running for", Value.of(ofSeconds(1)), Value.of("timeout 1 s")),
            Fact.of("next run", "after this one"));

    runningSince = ago(ofSeconds(1).plusNanos(1));
    assertThat(line().entry().facts())
        .contains(
            new Fact("hangs for", Value.of(ofSeconds(1).plusNanos(1)), Value.of("timeout 1 s")));
  }

  @Test
  void whatWillNotRunAgainHasNoNextRun() {
    nextRunAt = null;
    assertThat(line().entry().facts()).contains(Fact.of("next run", "none"));
  }

  @Test
  void whatIsOverdueRunsNow() {
    nextRunAt = ago(ofMillis(7));
    assertThat(line().entry().facts()).contains(Fact.of("next run", Value.of(Duration.ZERO)));
  }

  @Test
  void whatHasJustBegunIsNothingToWorryAbout() {
    status = Status.UNKNOWN;
    reason = "no result yet";
    lastSuccess = null;
    assertThat(line().tone()).isEqualTo(Tone.NEUTRAL);
    assertThat(CheckLine.breaks(line().check())).isFalse();
  }

  @Test
  void whatIsNoLongerKnownIsBadWhetherItHadSucceededOrFailed() {
    status = Status.UNKNOWN;
    assertThat(line().tone()).isEqualTo(Tone.BAD);

    lastSuccess = null;
    failures = 1;
    assertThat(line().tone()).isEqualTo(Tone.BAD);
    assertThat(CheckLine.breaks(line().check())).isTrue();
  }

  @Test
  void isBadFromTheMomentOnAtWhichItsHoldEnds() {
    status = Status.DOWN;
    failures = 3;
    options = options.shared();
    heldUntil = in(ofNanos(1));
    assertThat(line().tone()).isEqualTo(Tone.WARNING);
    assertThat(line().entry().facts()).contains(Fact.of("only degrades for", Value.of(ofNanos(1))));

    heldUntil = READING;
    assertThat(line().tone()).isEqualTo(Tone.BAD);
    assertThat(line().entry().facts()).extracting(Fact::name).doesNotContain("only degrades for");
  }

  @Test
  void whatIsMoreThanAHundredYearsAheadIsForEver() {
    nextRunAt = in(ofDays(36_500));
    assertThat(line().entry().facts()).contains(Fact.of("next run", Value.of(ofDays(36_500))));
    nextRunAt = in(ofDays(36_500).plusNanos(1));
    assertThat(line().entry().facts()).contains(Fact.of("next run", "ever"));
  }

  @Test
  void countsTheFailuresOfWhatIsUpStill() {
    assertThat(line().entry().note()).isEmpty();
    reason = "refused";
    failures = 2;
    assertThat(line().entry().note()).isEqualTo("failed 2 of 3 times: refused");

    status = Status.DOWN;
    failures = 3;
    assertThat(line().entry().note()).isEqualTo("refused");

    status = Status.DEGRADED;
    failures = 0;
    assertThat(line().entry().note()).isEqualTo("refused");
  }

  @Test
  void isUnknownFromTheMomentOnAtWhichItsLastResultWasTooOld() {
    cameUpAndIsNoLongerKnown();
    believedUntil = ago(ofSeconds(20));
    assertThat(intervals())
        .isEqualTo(
            "unknown 2026-11-28T11:57:00Z PT2M\n"
                + "up 2026-11-28T11:59:00Z PT40S\n"
                + "unknown 2026-11-28T11:59:40Z PT20S\n");
  }

  /** The clock is read first, then the check, which may have become too old in between. */
  @Test
  void whatBecameTooOldAfterTheClockWasReadWasUpUntilThen() {
    cameUpAndIsNoLongerKnown();
    believedUntil = in(ofNanos(5));
    assertThat(intervals())
        .isEqualTo(
            "unknown 2026-11-28T11:57:00Z PT2M\n"
                + "up 2026-11-28T11:59:00Z PT1M\n"
                + "unknown 2026-11-28T12:00:00Z PT0S\n");
  }

  private void cameUpAndIsNoLongerKnown() {
    status = Status.UNKNOWN;
    transitions =
        List.of(
            new HealthChange(
                Probe.LIVENESS,
                "db",
                Status.UNKNOWN,
                Status.UP,
                null,
                NOW.minusSeconds(60),
                ofSeconds(120)));
  }
}
