package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AcceptHeaderTest {
  private static final List<String> TYPES =
      List.of("application/json", "application/health+json", "text/plain");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*/*                                              | 0",
        "text/plain                                       | 2",
        "TEXT/Plain                                       | 2",
        "text/*                                           | 2",
        "application/*                                    | 0",
        "application/health+json, */*;q=0.1               | 1",
        "text/plain;q=0.5, application/health+json;q=0.7  | 1",
        "text/plain ; q=1.0 , application/json;q=0.9      | 2",
        "text/plain, application/json                     | 0",
        "text/html, */*;q=0.8                             | 0",
        // The more specific range decides, wherever it stands.
        "application/json;q=0, */*                        | 1",
        "*/*, application/json;q=0.1                      | 1",
        // What is not acceptable, or no weight: the default, since a probe is answered anyhow.
        "image/png                                        | 0",
        "text/plain;q=0                                   | 0",
        "text/plain;q=two                                 | 0",
        "text/plain;q=-1                                  | 0",
        "text/plain;q=7                                   | 0",
        "text/plain;q=NaN                                 | 0",
        ",,;;=,                                           | 0",
        "/                                                | 0",
      })
  void takesWhatHasTheGreatestWeight(String header, int index) {
    assertThat(AcceptHeader.preferred(header, TYPES)).isEqualTo(index);
  }

  @Test
  void takesTheFirstWhereNothingIsAskedFor() {
    assertThat(AcceptHeader.preferred(null, TYPES)).isZero();
    assertThat(AcceptHeader.preferred("", TYPES)).isZero();
  }
}
