package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The corners of {@link Network}: IPv4 written as IPv6, and what a resolver would be asked for. */
class AddressTest {
  @ParameterizedTest
  @CsvSource({
    "::ffff:10.0.0.0/104, 10.255.255.255, true",
    "::ffff:10.0.0.0/104, 11.0.0.0, false",
    "::ffff:10.0.0.0/104, ::ffff:10.1.2.3, true",
    "::ffff:0:0/96, 192.168.0.1, true",
    "::ffff:0:0/96, ::1, false",
    "::ffff:10.0.0.7/128, 10.0.0.8, false",
    "::ffff:10.0.0.7, 10.0.0.7, true",
  })
  void countsTheBitsOfAnIpv4NetworkAsItIsWritten(String network, String address, boolean has) {
    byte[] bytes = Network.address(address);
    assertThat(bytes).isNotNull();
    assertThat(Network.required(network).has(bytes)).isEqualTo(has);
  }

  @ParameterizedTest
  @ValueSource(strings = {"::ffff:10.0.0.0/95", "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/129"})
  void refusesANetworkThatIsPartlyIpv4(String network) {
    assertThatIllegalArgumentException().isThrownBy(() -> Network.required(network));
  }
}
