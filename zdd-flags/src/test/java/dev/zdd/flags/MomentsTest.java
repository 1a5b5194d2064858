package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentsTest {
  @ParameterizedTest
  @CsvSource({
    "2027-01-31, 2027-01-31T00:00:00Z",
    "2027-01-31T08:00Z, 2027-01-31T08:00:00Z",
    "2027-01-31T08:00:00.123456789+01:00, 2027-01-31T07:00:00.123456789Z",
    "-999999999-01-01T00:00:00+18:00, -1000000000-12-31T06:00:00Z",
    "+999999999-12-31T23:59:59-18:00, +1000000000-01-01T17:59:59Z",
  })
  void aMomentHasAnOffsetAndADayBeginsInUtc(String text, String moment) {
    assertThat(Moments.parse(text)).isEqualTo(Instant.parse(moment));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "2027-02-30",
        "2027-1-31",
        "2027-01-31T08:00:00",
        "2027-01-31T24:00:01Z",
        "2027-01-31 08:00:00Z",
        "20270131T080000Z",
        "1769846400",
        "2027-01-31T08:00:00+01:00[Europe/Vienna]",
        "tomorrow!!"
      })
  void whatIsNoneIsNone(String text) {
    assertThat(Moments.parse(text)).isNull();
    assertThat(Moments.of(text)).isNull();
  }
}
