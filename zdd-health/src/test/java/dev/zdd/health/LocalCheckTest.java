package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class LocalCheckTest {
  @Test
  void isUpWithoutAProblemAndDownWithOne() throws Exception {
    assertThat(LocalCheck.of(Optional::empty).check()).isEqualTo(HealthResult.up());
    assertThat(LocalCheck.of(() -> Optional.of("stalled")).check())
        .isEqualTo(HealthResult.down("stalled"));
  }

  @Test
  @SuppressWarnings({"OptionalAssignedToNull", "NullAway"}) // what a careless supplier does
  void nullIsAFailureAndSaysSo() {
    assertThatThrownBy(() -> LocalCheck.of(() -> null).check())
        .hasMessage("null (expected: a reason, or empty)");
    assertThatThrownBy(() -> LocalCheck.of(null)).hasMessage("problem");
  }

  @Test
  void whatItThrowsIsPassedOn() {
    Error error = new NoClassDefFoundError("Probe");
    assertThatThrownBy(() ->
            LocalCheck.of(
                    () -> {
                      throw error;
                    })
                .check())
        .isSameAs(error);
  }
}
