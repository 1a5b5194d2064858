package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SemanticVersionTest {
  /** The examples of semver.org 2.0.0, section 11, and what they do not show. */
  @Test
  void areInTheOrderOfTheSpecification() {
    List<SemanticVersion> rising =
        Stream.of(
                "0.0.0-0",
                "0.0.1",
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-alpha.beta",
                "1.0.0-beta",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0-beta.99999999999999999999",
                "1.0.0-beta.A",
                "1.0.0-rc.1",
                "1.0.0",
                "2.0.0",
                "2.1.0",
                "2.1.1",
                "2.10.0",
                "10.0.0",
                "99999999999999999999.0.0")
            .map(SemanticVersion::required)
            .toList();
    for (int one = 0; one < rising.size(); one++) {
      for (int other = 0; other < rising.size(); other++) {
        assertThat(Integer.signum(rising.get(one).compareTo(rising.get(other))))
            .as("%d to %d", one, other)
            .isEqualTo(Integer.compare(one, other));
        assertThat(rising.get(one).equals(rising.get(other))).isEqualTo(one == other);
      }
    }
  }

  @Test
  void buildMetadataDoesNotCount() {
    SemanticVersion one = SemanticVersion.required("1.2.3-rc.1+5114f85");
    SemanticVersion other = SemanticVersion.required("1.2.3-rc.1+20130313144700.x");
    assertThat(one.compareTo(other)).isZero();
    assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).isNotEqualTo("1.2.3-rc.1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "01.2.3",
        "1.02.3",
        "1.2.03",
        "v1.2.3",
        "1.2.3-",
        "1.2.3-a..b",
        "1.2.3-01",
        "1.2.3-a.00",
        "1.2.3+",
        "1.2.3+a+b",
        " 1.2.3",
        "1.2.3 ",
        "-1.2.3",
        "1.2.x"
      })
  void whatIsNoneIsNone(String text) {
    assertThat(SemanticVersion.of(text)).isNull();
  }

  @Test
  void aTextThatIsTooLongIsNone() {
    assertThat(SemanticVersion.of("1.2." + "3".repeat(196))).isNotNull();
    assertThat(SemanticVersion.of("1.2." + "3".repeat(197))).isNull();
    assertThat(SemanticVersion.of("1.2.3-0a.-")).isNotNull();
  }
}
