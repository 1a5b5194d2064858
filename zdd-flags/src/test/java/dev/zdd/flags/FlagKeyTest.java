package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.LocalDate;
import org.junit.jupiter.api.Test;

class FlagKeyTest {
  static final class Constants {
    static final FlagKey SEARCH = FlagKey.of("search-v2", "team search", LocalDate.of(2027, 1, 31));
    static final FlagKey BETA = FlagKey.of("beta", "team beta", FlagType.PERMISSION);
    static final String OTHER = "other";
    final FlagKey ofAnObject = BETA;

    private Constants() {}
  }

  static final class Unset {
    static FlagKey unset;

    private Unset() {}
  }

  @Test
  void aDeclaredKeyAndItsTextAreTheSameHandle() {
    Flags flags =
        Flags.of(MemoryFlagSource.of(FlagDefinition.builder("new-checkout").enabled(true).build()));

    Flag checkout = flags.flag(ShopFlags.NEW_CHECKOUT);

    assertThat(checkout).isSameAs(flags.flag("new-checkout"));
    assertThat(checkout.isEnabled("x")).isTrue();
  }

  @Test
  void aKeySaysNothingThatItWasNotGiven() {
    FlagKey bare = () -> "bare";
    assertThat(bare.owner()).isNull();
    assertThat(bare.expires()).isNull();
    assertThat(bare.type()).isEqualTo(FlagType.RELEASE);
    assertThat(Constants.BETA.expires()).isNull();
    assertThat(Constants.SEARCH.type()).isEqualTo(FlagType.RELEASE);
  }

  @Test
  void whatIsNoKeyIsRefused() {
    assertThatThrownBy(() -> FlagKey.of(" new", "team", FlagType.OPS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key: \" new\" (expected: 1 to 200 characters");
  }

  @Test
  void theKeysOfAnEnumAndOfAClassWithConstantsAreFound() {
    assertThat(DeclaredFlagKeys.of(ShopFlags.class)).containsExactly(ShopFlags.values());
    assertThat(DeclaredFlagKeys.of(Constants.class))
        .containsExactlyInAnyOrder(Constants.SEARCH, Constants.BETA);
  }

  @Test
  void aClassWithoutKeysIsRefused() {
    assertThatThrownBy(() -> DeclaredFlagKeys.of(String.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "keys: java.lang.String (expected: an enum that is a FlagKey, or a class with static"
                + " fields that are)");
    assertThatThrownBy(() -> DeclaredFlagKeys.of(Unset.class))
        .hasMessageEndingWith("Unset.unset: it is null (expected: a FlagKey)");
  }
}
