package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HealthQueryTest {
  @ParameterizedTest
  @ValueSource(
      strings = {"verbose", "verbose=", "verbose=1", "&verbose", "verbose&", "a=b&verbose"})
  void knowsVerboseWhereverItStands(String raw) {
    assertThat(HealthQuery.of(raw)).isEqualTo(new HealthQuery(true, Set.of()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&", "verbosely", "xverbose", "VERBOSE", "a=verbose"})
  void ignoresWhatItDoesNotKnow(String raw) {
    assertThat(HealthQuery.of(raw)).isEqualTo(new HealthQuery(false, Set.of()));
  }

  @Test
  void collectsWhatIsExcluded() {
    assertThat(HealthQuery.of("exclude=db&verbose&exclude=cache").excluded())
        .containsExactlyInAnyOrder("db", "cache");
  }

  @Test
  void decodesANameAndTakesAMalformedEscapeForWhatItIs() {
    assertThat(HealthQuery.of("exclude=a%2Db").excluded()).containsExactly("a-b");
    assertThat(HealthQuery.of("exclude=%zz").excluded()).containsExactly("%zz");
  }

  @Test
  void noQueryIsNone() {
    assertThat(HealthQuery.of(null)).isEqualTo(new HealthQuery(false, Set.of()));
  }
}
