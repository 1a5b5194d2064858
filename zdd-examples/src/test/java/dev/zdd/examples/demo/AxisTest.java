package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {
  @ParameterizedTest
  @CsvSource({
    "7, 8, 4",
    "300, 300, 3",
    "301, 400, 4",
    "0.4, 0.4, 4",
    "0, 0.001, 2",
    "12000, 15000, 3"
  })
  void endsAtARoundNumberAboveTheHighestValue(double highest, double end, int steps) {
    Axis axis = Axis.upTo(highest, 4, 100, 0);

    assertThat(axis.high()).isEqualTo(end, org.assertj.core.api.Assertions.within(1e-9));
    assertThat(axis.at(axis.high())).isZero();
    assertThat(axis.ticks(4)).hasSize(steps + 1);
  }

  @Test
  void labelsWholeMultiplesWithinItsRange() {
    assertThat(new Axis(2.8, 20.1, 0, 100).ticks(12))
        .containsExactly(4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0);
  }
}
