package dev.zdd.core.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TimesTest {
  @ParameterizedTest
  @CsvSource({
    "PT-5S, 0 ms",
    "PT0.0129S, 12 ms",
    "PT1.39S, 1.3 s",
    "PT9.999S, 9.9 s",
    "PT59.9S, 59 s",
    "PT1M, 1 min",
    "PT3M20S, 3 min 20 s",
    "PT42M20S, 42 min",
    "PT5H12M, 5 h 12 min",
    "PT47H59M, 47 h 59 min",
    "PT76H, 3 d 4 h"
  })
  void areAsRoughAsAPersonWantsThem(Duration length, String words) {
    assertThat(Times.words(length)).isEqualTo(words);
  }

  @ParameterizedTest
  @CsvSource({
    "PT-90S, just now",
    "PT1.9S, just now",
    "PT59S, 59 s ago",
    "PT200S, 3 min ago",
    "PT47H, 47 h ago",
    "PT50H, 2 d ago"
  })
  void areAgoInOneUnit(Duration age, String words) {
    Instant now = Instant.parse("2026-11-27T10:00:00Z");
    assertThat(Times.ago(now.minus(age), now)).isEqualTo(words);
  }
}
