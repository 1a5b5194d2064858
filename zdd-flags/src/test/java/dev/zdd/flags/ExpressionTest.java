package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpressionTest {
  private static final String DATE = "^(\\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(T.*)?$";

  // Each of the forty could match nothing in two ways, and the end of a text has no characters
  // whose reading could be counted: 2^40 ways.
  @ParameterizedTest
  @ValueSource(strings = {"(a*)*", "(?:a?)*", "(|)", "(a*|b*)", "(\\w*)?"})
  void refusesSoManyWaysToMatchNothingThatNoCountOfStepsEndsThem(String part) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expression.required(part.repeat(40) + "x", false))
        .withMessageContaining("(expected: a regular expression; with fewer groups and");
  }

  @Test
  void refusesGroupsWithinGroupsWithoutEnd() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expression.required("(".repeat(50_000), false))
        .withMessageEndingWith(
            "(expected: a regular expression; with fewer groups and alternatives)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a)", "|)|(", ")))", "(", "a{", "\\", "[a"})
  void refusesWhatIsNone(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Expression.required(text, false))
        .withMessageStartingWith("values: \"" + text + "\" (expected: a regular expression; ");
  }

  @Test
  void takesManyAlternativesAndTheGroupsOfAnOrdinaryExpression() {
    String countries = "^(" + "at|".repeat(10_000 / 4) + "de)$";
    assertThat(StepBound.find(Expression.required(countries, false), "de")).isTrue();
    assertThat(StepBound.find(Expression.required(DATE, false), "2027-01-31")).isTrue();
    assertThat(StepBound.find(Expression.required(DATE, false), "2027-13-31")).isFalse();
    assertThat(StepBound.find(Expression.required("\\(".repeat(100), false), "(")).isFalse();
  }

  // The worst that it lets by: measured some 10 ms, and 20 ms on a cold JVM.
  @ParameterizedTest
  @ValueSource(strings = {"(.*a){12}b", "(.*)(.*)(.*)(.*)x", "(a*)*"})
  void whateverItTakesEndsSoon(String expression) {
    var pattern =
        Expression.required(
            expression.equals("(a*)*") ? expression.repeat(16) + "x" : expression, false);
    String text = expression.equals("(a*)*") ? "" : "a".repeat(200);
    long began = System.nanoTime();
    if (text.isEmpty()) {
      assertThat(StepBound.find(pattern, text)).isFalse();
    } else {
      assertThatExceptionOfType(StepBound.ExceededException.class)
          .isThrownBy(() -> StepBound.find(pattern, text))
          .withMessage("more than 200000 steps");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }
}
