package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.examples.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MixTest {
  @Test
  void sharesOutTheKinds() {
    Mix mix = Mix.parse("get=3,post=1");

    assertThat(mix.at(0)).isEqualTo(Kind.GET);
    assertThat(mix.at(0.74)).isEqualTo(Kind.GET);
    assertThat(mix.at(0.76)).isEqualTo(Kind.POST);
    assertThat(mix.at(1)).isEqualTo(Kind.POST);
    assertThat(mix.sessions()).isZero();
  }

  @Test
  void isShownAsItIsTyped() {
    assertThat(Mix.parse(Mix.DEFAULT).toString()).isEqualTo(Mix.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "get", "get=", "get=-1", "get=x", "get=1001", "put=1", "get=1,ws=201", "ws=5"})
  void refusesWhatItDoesNotUnderstand(String text) {
    assertThatThrownBy(() -> Mix.parse(text))
        .isInstanceOf(Refusal.class)
        .hasMessageStartingWith("--mix: " + text)
        .hasMessageContaining("expected: such as get=60");
  }
}
