package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final double MIDDLE = 0.5;

  @Test
  void waitsTheIntervalUpToAFifthMoreOrLess() {
    Backoff backoff = new Backoff(Duration.ofSeconds(10));
    assertThat(Duration.ofNanos(backoff.pauseNanos(0))).isEqualTo(Duration.ofSeconds(8));
    assertThat(Duration.ofNanos(backoff.pauseNanos(1))).isEqualTo(Duration.ofSeconds(12));
    assertThat(LongStream.range(0, 100).map(n -> backoff.pauseNanos()).distinct().count())
        .isGreaterThan(90);
  }

  @Test
  void doublesForEachFailureInARowUpToAMinute() {
    Backoff backoff = new Backoff(Duration.ofSeconds(10));
    List<Long> seconds = new ArrayList<>();
    for (int n = 0; n < 5; n++) {
      backoff.failed(null);
      seconds.add(Duration.ofNanos(backoff.pauseNanos(MIDDLE)).toSeconds());
    }
    assertThat(seconds).containsExactly(20L, 40L, 60L, 60L, 60L);
    backoff.succeeded();
    assertThat(Duration.ofNanos(backoff.pauseNanos(MIDDLE))).isEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void anIntervalOfMoreThanAMinuteStays() {
    Backoff backoff = new Backoff(Duration.ofHours(1));
    backoff.failed(null);
    assertThat(Duration.ofNanos(backoff.pauseNanos(MIDDLE))).isEqualTo(Duration.ofHours(1));
  }

  @Test
  void neverComesBeforeTheServerAskedForIt() {
    Backoff backoff = new Backoff(Duration.ofSeconds(10));
    backoff.failed(Duration.ofSeconds(300));
    assertThat(Duration.ofNanos(backoff.pauseNanos(0))).isEqualTo(Duration.ofSeconds(300));
    assertThat(Duration.ofNanos(backoff.pauseNanos(1))).isEqualTo(Duration.ofSeconds(360));
    backoff.failed(Duration.ofSeconds(1));
    assertThat(Duration.ofNanos(backoff.pauseNanos(MIDDLE))).isEqualTo(Duration.ofSeconds(40));
  }

  @Test
  void readsSecondsAndDatesAndNothingElse() {
    Instant now = Instant.parse("2026-11-28T10:00:00Z");
    assertThat(RetryAfter.parse(" 120 ", now)).isEqualTo(Duration.ofMinutes(2));
    assertThat(RetryAfter.parse("0", now)).isEqualTo(Duration.ZERO);
    assertThat(RetryAfter.parse("9".repeat(30), now)).isEqualTo(Duration.ofHours(1));
    assertThat(RetryAfter.parse("3601", now)).isEqualTo(Duration.ofHours(1));
    assertThat(RetryAfter.parse("Sat, 28 Nov 2026 10:05:00 GMT", now))
        .isEqualTo(Duration.ofMinutes(5));
    assertThat(RetryAfter.parse("Fri, 27 Nov 2026 10:05:00 GMT", now)).isEqualTo(Duration.ZERO);
    for (String wrong : new String[] {"", "soon", "-5", "1.5", "٣"}) {
      assertThat(RetryAfter.parse(wrong, now)).as(wrong).isNull();
    }
    assertThat(RetryAfter.parse(null, now)).isNull();
  }
}
