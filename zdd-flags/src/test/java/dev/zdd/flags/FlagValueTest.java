package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagValueTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\": [1.50, -0.0, 1e400], \"b\": {}} | {\"a\":[1.50,-0.0,1e400],\"b\":{}}",
        "[12345678901234567890.12345678901234567890] | [12345678901234567890.12345678901234567890]",
        "[true, null, \"\\u00fc\\n\\\"\", [[]]] | [true,null,\"ü\\n\\\"\",[[]]]",
        "1.50 | 1.50",
        "-7 | -7",
        "\"a\\\"b\" | \"a\\\"b\"",
      })
  void isWhatWasWrittenToTheLastDigit(String written, String json) throws Exception {
    FlagValue value = read(written);
    assertThat(value.asJson()).isEqualTo(json);
    assertThat(read(value.asJson())).isEqualTo(value);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1e309 | \"1E+309\" (expected: a number within a double's)",
        "1e999999999 | \"1E+999999999\" (expected: a number within a double's)",
        "NaN | \"NaN\" (expected: a number)",
        "-Infinity | \"-Infinity\" (expected: a number)",
        "true | \"true\" (expected: text, a number, an object or an array)",
        "null | \"null\" (expected: text, a number, an object or an array)",
        "{\"a\":[NaN]} | bad JSON: \"NaN\" is no number",
        "[Infinity] | bad JSON: \"Infinity\" is no number",
        "{\"a\":1,\"a\":2} | bad JSON: Duplicate field 'a'",
      })
  void refusesWhatNoJsonHas(String written, String why) {
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> read(written))
        .withMessageStartingWith("line 1, column ")
        .withMessageContaining("flag \"a\": value: ")
        .withMessageEndingWith(why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1", "\"a\"", "{", "[1", "{} {}", "{}]", "not json", "{'a':1}"})
  void theJsonOfAProgramIsAnObjectOrAnArrayToo(String json) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FlagValue.Json(json))
        .withMessage("value: \"" + json + "\" (expected: a JSON object or array)");
  }

  @Test
  void saysItsKind() {
    assertThat(new FlagValue.Text("a").kind()).isEqualTo("text");
    assertThat(new FlagValue.Numeric(BigDecimal.ONE).kind()).isEqualTo("number");
    assertThat(new FlagValue.Json("[1]").kind()).isEqualTo("JSON");
  }

  private static FlagValue read(String value) throws FlagDocumentException {
    String document =
        "{\"flags\":{\"a\":{\"enabled\":true,\"variants\":[{\"name\":\"v\",\"weight\":1,\"value\":"
            + value
            + "}]}}}";
    return FlagDocument.parse(document.getBytes(StandardCharsets.UTF_8))
        .definitions()
        .get(0)
        .variants()
        .get(0)
        .value();
  }
}
