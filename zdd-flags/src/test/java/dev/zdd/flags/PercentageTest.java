package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PercentageTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0 %",
    "0.0001, 1, 0.0001 %",
    "0.5, 5000, 0.5 %",
    "10, 100000, 10 %",
    "12.5, 125000, 12.5 %",
    "12.5000, 125000, 12.5 %",
    "99.9999, 999999, 99.9999 %",
    "100, 1000000, 100 %",
    "100.0000, 1000000, 100 %",
  })
  void readsDecimalTextExactly(String text, int ppm, String shown) {
    assertThat(Percentage.parse(text)).isEqualTo(new Percentage(ppm)).hasToString(shown);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "-1",
        "-0",
        "+1",
        "100.0001",
        "101",
        "1000",
        "NaN",
        "Infinity",
        "ten",
        "1e1",
        "0.00001",
        "12.50000",
        ".5",
        "5.",
        "12,5",
        "12.5%",
        " 12",
        "007",
        "0x10",
        "١٢",
        "999999999999"
      })
  void refusesWhatIsNoPercentage(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Percentage.parse(text))
        .withMessage(
            "percentage: \"" + text + "\" (expected: 0 to 100 with at most 4 decimals, as 12.5)");
  }

  @Test
  void refusesMillionthsOutOfBounds() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Percentage(1_000_001))
        .withMessage("ppm: 1000001 (expected: 0 to 1000000)");
    assertThatIllegalArgumentException().isThrownBy(() -> new Percentage(-1));
  }
}
