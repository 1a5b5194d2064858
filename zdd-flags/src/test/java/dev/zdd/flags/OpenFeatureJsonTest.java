package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.Value;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenFeatureJsonTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "true",
        "\"\"",
        "\"a \\\"quote\\\", a line\\nand ü\"",
        "0",
        "-1",
        "2147483647",
        "2147483648",
        "-9223372036854775808",
        "9223372036854775808",
        "123456789012345678901234567890",
        "9007199254740993",
        "0.1",
        "-0.0",
        "12.5",
        "0.12345678901234567890123",
        "9007199254740993.5",
        "[]",
        "{}",
        "[1,[2,[null,{}]],\"3\"]",
        "{\"list\":[{\"n\":0.30000000000000004}]}"
      })
  void whatIsReadIsWrittenAgainAsItWas(String json) {
    assertThat(OpenFeatureJson.write(OpenFeatureJson.read(json))).isEqualTo(json);
  }

  @Test
  void aNumberHasTheSmallestClassThatHoldsItExactly() {
    assertThat(OpenFeatureJson.read("7").asObject()).isEqualTo(7);
    assertThat(OpenFeatureJson.read("2147483648").asObject()).isEqualTo(2147483648L);
    assertThat(OpenFeatureJson.read("9223372036854775808").asObject())
        .isEqualTo(new BigInteger("9223372036854775808"));
    assertThat(OpenFeatureJson.read("0.1").asObject()).isEqualTo(0.1);
    assertThat(OpenFeatureJson.read("1e2").asObject()).isEqualTo(100.0);
    assertThat(OpenFeatureJson.read("0.10000000000000000001").asObject())
        .isEqualTo(new BigDecimal("0.10000000000000000001"));
    assertThat(OpenFeatureJson.read("1e400").asObject()).isEqualTo(new BigDecimal("1e400"));
    assertThat(OpenFeatureJson.read("1e-400").asObject()).isEqualTo(new BigDecimal("1e-400"));
  }

  @Test
  void whatIsWrittenIsReadAgainAsItWas() {
    Value value =
        new Value(
            new ImmutableStructure(
                Map.of(
                    "int", new Value(1),
                    "long", new Value(Long.MAX_VALUE),
                    "double", new Value(1e-7),
                    "text", new Value("ü"),
                    "none", new Value(),
                    "yes", new Value(true),
                    "list", new Value(List.of(new Value(1), new Value("2"))))));

    assertThat(OpenFeatureJson.read(OpenFeatureJson.write(value))).isEqualTo(value);
  }

  @Test
  void aMomentBecomesItsText() {
    assertThat(OpenFeatureJson.write(new Value(Instant.parse("2027-01-31T08:00:00.123456Z"))))
        .isEqualTo("\"2027-01-31T08:00:00.123456Z\"");
  }

  @Test
  void whatHasNoJsonIsRefused() {
    MutableStructure circle = new MutableStructure();
    circle.add("itself", circle);
    List<Value> round = new ArrayList<>();
    round.add(new Value(round));

    assertThatThrownBy(() -> OpenFeatureJson.write(new Value(Double.NaN)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> OpenFeatureJson.write(new Value(circle)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("depth");
    assertThatThrownBy(() -> OpenFeatureJson.write(new Value(round)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> OpenFeatureJson.read("{\"a\":"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
