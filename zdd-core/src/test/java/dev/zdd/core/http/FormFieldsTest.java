package dev.zdd.core.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormFieldsTest {
  @Test
  void readsWhatABrowserSends() {
    FormFields fields =
        FormFields.parse("why=no+errors+%26+%E2%82%AC+a%2Bb&percentage=12.5&empty=&&bare&a=b=c");

    assertThat(fields.get("why")).isEqualTo("no errors & € a+b");
    assertThat(fields.get("percentage")).isEqualTo("12.5");
    assertThat(fields.get("empty")).isEmpty();
    assertThat(fields.get("bare")).isEmpty();
    assertThat(fields.get("a")).isEqualTo("b=c");
    assertThat(fields.get("missing")).isNull();
    assertThat(FormFields.parse("").get("")).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "a=1&a=2, each field once",
    "a=%, % followed by two hexadecimal digits",
    "a=%4, % followed by two hexadecimal digits",
    "a=%zz, % followed by two hexadecimal digits",
    "a=%4g, % followed by two hexadecimal digits",
    "a=%C3, UTF-8",
    "a=%ED%A0%80, UTF-8",
    "a=ä, 'ASCII, and escapes for all else'",
    "'a=b c', 'ASCII, and escapes for all else'"
  })
  void saysWhatIsWrong(String body, String expected) {
    assertThatThrownBy(() -> FormFields.parse(body.getBytes(UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("form: \"")
        .hasMessageEndingWith("(expected: " + expected + ")");
  }

  @Test
  void quotesNoMoreThanAShortLineOfIt() {
    assertThatThrownBy(() -> FormFields.parse("a=" + "x".repeat(100) + "\n"))
        .hasMessageMatching("form: \"x{60}…\" .*");
    assertThatThrownBy(() -> FormFields.parse("a=\nWARN all is lost"))
        .hasMessageStartingWith("form: \"?WARN");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/x-www-form-urlencoded",
        "Application/X-WWW-Form-Urlencoded ; charset=UTF-8"
      })
  void knowsItsType(String type) {
    assertThat(FormFields.isType(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "text/plain", "multipart/form-data; boundary=x", "application/json"})
  void knowsOtherTypes(String type) {
    assertThat(FormFields.isType(type)).isFalse();
    assertThat(FormFields.isType(null)).isFalse();
  }
}
