package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class OperatorTest {
  // The attribute as text; the values with ; between them.
  @ParameterizedTest
  @CsvSource({
    "exists, anything, , true",
    "equals, AT, AT, true",
    "equals, at, AT, false",
    "in, DE, AT;DE, true",
    "in, FR, AT;DE, false",
    "startsWith, /admin/users, /shop;/admin, true",
    "startsWith, x/admin, /admin, false",
    "endsWith, a@shop.example, @shop.example, true",
    "endsWith, a@shop.example.org, @shop.example, false",
    "contains, a beta tester, beta, true",
    "contains, an alpha tester, beta, false",
    "matches, build-17, build-[0-9]+, true",
    "matches, my build-17 here, build-[0-9]+, true",
    "matches, my build-17 here, ^build-[0-9]+$, false",
    "number=, 1.50, 1.5, true",
    "number=, 1.50001, 1.5, false",
    "number<, 17, 18, true",
    "number<, 18, 18, false",
    "number<=, 18, 18, true",
    "number<=, 18.0000000000000000001, 18, false",
    "number>, 19, 18, true",
    "number>, 18, 18, false",
    "number>=, 18, 18, true",
    "number>=, 17.9, 18, false",
    "number>, -1e3, -2000, true",
    "number>, eighteen, 18, false",
    "version=, 1.0.0+build.5, 1.0.0, true",
    "version=, 1.0, 1.0.0, false",
    "version<, 1.9.0, 1.10.0, true",
    "version<, 1.10.0, 1.9.0, false",
    "version<=, 2.0.0-rc.1, 2.0.0, true",
    "version>, 2.0.0, 2.0.0-rc.1, true",
    "version>, 2.0.0, 2.0.0, false",
    "version>=, 2.0.0, 2.0.0, true",
    "version>=, 1.99.99, 2.0.0, false",
    "before, 2027-01-30T23:59:59Z, 2027-01-31, true",
    "before, 2027-01-31T00:00:00Z, 2027-01-31, false",
    "before, 2027-01-31T00:30:00+01:00, 2027-01-31, true",
    "after, 2027-01-31T00:00:01Z, 2027-01-31, true",
    "after, 2027-01-31T00:00:00Z, 2027-01-31, false",
    "after, tomorrow, 2027-01-31, false",
    "cidr, 10.1.2.3, 192.168.0.0/16;10.0.0.0/8, true",
    "cidr, 11.1.2.3, 10.0.0.0/8, false",
    "cidr, localhost, 127.0.0.0/8, false",
  })
  void comparesAsItSays(String operator, String attribute, String values, boolean met) {
    assertThat(isMet(operator, attribute, values == null ? "" : values)).isEqualTo(met);
  }

  @Test
  void ignoresTheCaseOfLettersWhereItIsToldTo() {
    for (String operator : List.of("equals", "in", "startsWith", "endsWith", "contains")) {
      var condition = Condition.attribute("a", Operator.of(operator), "STRASSE-İ-ſ").ignoringCase();
      assertThat(isMet(condition, "strasse-i̇-s")).as(operator).isTrue();
    }
    assertThat(isMet(Condition.attribute("a", Operator.MATCHES, "^ä+$").ignoringCase(), "ÄäÄ"))
        .isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Condition.attribute("a", Operator.NUMBER_BELOW, "1").ignoringCase())
        .withMessage("ignoreCase: true (expected: false with operator \"number<\")");
  }

  @Test
  void anAttributeHasTheTextThatJsonGivesIt() {
    RequestContext context =
        RequestContext.builder("alice")
            .attribute("whole", 42)
            .attribute("large", Long.MIN_VALUE)
            .attribute("double", 42.0)
            .attribute("half", 0.5)
            .attribute("huge", 1e21)
            .attribute("yes", true)
            .attribute("at", Instant.parse("2027-01-31T08:00:00Z"))
            .build();
    Map.of(
            "whole", "42",
            "large", "-9223372036854775808",
            "double", "42",
            "half", "0.5",
            "huge", "1000000000000000000000",
            "yes", "true",
            "at", "2027-01-31T08:00:00Z",
            "id", "alice")
        .forEach((name, text) ->
            assertThat(isMet(Condition.attribute(name, Operator.EQUALS, text), context))
                .as(name)
                .isTrue());
    assertThat(isMet(Condition.attribute("half", Operator.NUMBER_BELOW, "0.6"), context)).isTrue();
    assertThat(isMet(Condition.attribute("whole", Operator.NUMBER_EQUALS, "42.0"), context))
        .isTrue();
    assertThat(isMet(Condition.attribute("at", Operator.AFTER, "2027-01-31"), context)).isTrue();
    assertThat(isMet(Condition.attribute("yes", Operator.NUMBER_EQUALS, "1"), context)).isFalse();
    assertThat(isMet(Condition.attribute("whole", Operator.AFTER, "1970-01-01"), context))
        .isFalse();
  }

  @Test
  void ofSeveralTextsOneIsEnough() {
    RequestContext context =
        RequestContext.builder("a").attribute("groups", List.of("staff", "beta")).build();
    assertThat(isMet(Condition.attribute("groups", Operator.IN, "beta", "vip"), context)).isTrue();
    assertThat(isMet(Condition.attribute("groups", Operator.IN, "vip"), context)).isFalse();
    assertThat(isMet(Condition.attribute("groups", Operator.IN, "beta").negated(), context))
        .as("none of them")
        .isFalse();
    assertThat(isMet(Condition.attribute("groups", Operator.NUMBER_ABOVE, "1"), context)).isFalse();
  }

  @ParameterizedTest
  @EnumSource(Operator.class)
  void anAttributeThatIsNotThereIsLikeNothingAndItsNegationIsMet(Operator operator) {
    String[] values = SampleValues.of(operator);
    Condition condition = Condition.attribute("none", operator, values);
    RequestContext context = RequestContext.of("alice");
    assertThat(isMet(condition, context)).isFalse();
    assertThat(isMet(condition.negated(), context)).isTrue();
    assertThat(isMet(condition.negated().negated(), context)).isFalse();
    assertThat(Operator.of(operator.text())).isEqualTo(operator);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "exists | a | values: 1 of them (expected with operator \"exists\": none)",
        "equals | a;b | values: 2 of them (expected with operator \"equals\": one)",
        "in | | values: 0 of them (expected with operator \"in\": at least one)",
        "matches | a( | values: \"a(\" (expected: a regular expression; Unclosed group)",
        "number< | ten | values: \"ten\" (expected: a decimal number, as -1.5)",
        "number< | NaN | values: \"NaN\" (expected: a decimal number, as -1.5)",
        "version< | 1.0 | values: \"1.0\" (expected: a semantic version, as 2.10.0-rc.1)",
        "before | 31.1.2027 | values: \"31.1.2027\" (expected: a moment, as 2027-01-31T08:00:00Z,"
            + " or a day, as 2027-01-31)",
        "cidr | 10.0.0.0/33 | values: \"10.0.0.0/33\" (expected: a network, as 10.0.0.0/8 or"
            + " fd00::/8)",
        "like | a | operator: \"like\" (expected one of: exists, equals, in, startsWith, endsWith,"
            + " contains, matches, number=, number<, number<=, number>, number>=, version=,"
            + " version<, version<=, version>, version>=, before, after, cidr)",
      })
  void refusesWhatItCannotCompareWith(String operator, String values, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> condition(operator, values == null ? "" : values))
        .withMessage(message);
  }

  /** 10^12 steps and more without a bound, on any JDK; with it some milliseconds. */
  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS)
  void anExpressionThatExplodesEndsWithTheCallersDefault() {
    for (String expression : List.of("(.*a){25}b", "(a+)+\\1!!", "^(\\w+\\s?)*\\1$")) {
      Flag flag =
          Flags.of(
                  MemoryFlagSource.of(
                      FlagDefinition.builder("f")
                          .enabled(true)
                          .rules(
                              Rule.when(
                                  Condition.attribute("id", Operator.MATCHES, expression)
                                      .negated()))
                          .build()))
              .flag("f");
      String id = "a".repeat(40) + "!";
      assertThat(flag.isEnabled(id)).as(expression).isFalse();
      assertThat(flag.isEnabled(id, true)).isTrue();
      assertThat(flag.explain(id).reason()).isEqualTo(Reason.ERROR);
      assertThat(flag.explain(id).detail())
          .isEqualTo("a regular expression took more than 200000 steps, so the caller's default");
      assertThat(flag.isEnabled("b")).as("others are not affected").isTrue();
    }
  }

  /** Pattern recurses for each repetition of a group; it would overflow the stack. */
  @Test
  void aTextThatIsTooLongForAnExpressionEndsWithTheCallersDefault() {
    Flag flag =
        Flags.of(
                MemoryFlagSource.of(
                    FlagDefinition.builder("f")
                        .enabled(true)
                        .rules(Rule.when(Condition.attribute("id", Operator.MATCHES, "^(x|y)*$")))
                        .build()))
            .flag("f");
    assertThat(flag.isEnabled("x".repeat(100_000), true)).isTrue();
    assertThat(flag.explain("x".repeat(100_000)).reason()).isEqualTo(Reason.ERROR);
    assertThat(flag.isEnabled("xyxy")).isTrue();
  }

  private static boolean isMet(String operator, String attribute, String values) {
    return isMet(condition(operator, values), attribute);
  }

  private static boolean isMet(Condition condition, String attribute) {
    return isMet(condition, RequestContext.builder("id").attribute("a", attribute).build());
  }

  private static boolean isMet(Condition condition, RequestContext context) {
    return Audience.of(List.of(condition), Map.of()).has(String.valueOf(context.id()), context);
  }

  private static Condition condition(String operator, String values) {
    List<String> each = values.isEmpty() ? List.of() : Arrays.asList(values.split(";"));
    return Condition.attribute("a", Operator.of(operator), each.toArray(String[]::new));
  }
}
