package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlagDefinitionTest {
  @Test
  void isOffAndSaltedByItsKeyUntilItSaysOtherwise() {
    FlagDefinition definition = FlagDefinition.builder("search").build();

    assertThat(definition.enabled()).isFalse();
    assertThat(definition.allow()).isEmpty();
    assertThat(definition.percentage()).isNull();
    assertThat(definition.salt()).isEqualTo("search");
    assertThat(definition.bucketer()).isEqualTo("zdd1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a ", "\ta", "a\nb", "a\u0000"})
  void refusesAKeyThatWouldBeMisread(String key) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagDefinition.builder(key).build())
        .withMessageContaining("expected: 1 to 200 characters");
  }

  @Test
  void refusesAKeyThatIsTooLongAndQuotesItShort() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagDefinition.builder("k".repeat(201)).build())
        .withMessageStartingWith("key: \"" + "k".repeat(60) + "…\" (expected");
  }

  // Otherwise taking the last name off the list would switch the flag on for everyone.
  @Test
  void refusesAnAllowListWithoutAPercentage() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagDefinition.builder("a").allow("alice").build())
        .withMessage(
            "percentage: missing beside allow (expected: how many of the others, \"0\" for none)");
  }

  @Test
  void refusesAnEmptySaltAnEmptyIdAndAnotherBucketing() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagDefinition.builder("a").salt("").build())
        .withMessage("salt: \"\" (expected: not empty)");
    assertThat(FlagDefinition.builder("a").bucketer("flagd2").salt("").build().salt()).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagDefinition.builder("a").allow("").percentage("0").build())
        .withMessage("allow: \"\" (expected: not empty)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagDefinition.builder("a").bucketer("zdd2"))
        .withMessage(
            "bucketer: \"zdd2\" (expected one of: flagd2, growthbook1, growthbook2, launchdarkly,"
                + " optimizely, split, unleash, zdd1)");
  }

  @Test
  void takesAnIdThatIsListedTwice() {
    assertThat(FlagDefinition.builder("a").allow("x", "x").percentage("0").build().allow())
        .containsExactly("x");
  }

  @Test
  void aSnapshotRefusesTwoDefinitionsOfOneKey() {
    FlagDefinition one = FlagDefinition.builder("a").build();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FlagSnapshot("1", List.of(one, one)))
        .withMessage("flag \"a\": it is defined twice (expected: once)");
  }
}
