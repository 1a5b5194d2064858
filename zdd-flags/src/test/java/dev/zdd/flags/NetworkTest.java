package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.255.255, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.9.9.9/8, 10.1.1.1, true",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "0.0.0.0/0, 255.255.255.255, true",
    "10.0.0.7/32, 10.0.0.7, true",
    "10.0.0.7/32, 10.0.0.6, false",
    "10.0.0.7, 10.0.0.7, true",
    "10.0.0.7, 10.0.0.8, false",
    "fd00::/8, fdff::1, true",
    "fd00::/8, fe00::1, false",
    "2001:db8::/33, 2001:db8:7fff::, true",
    "2001:db8::/33, 2001:db8:8000::, false",
    "::1, 0:0:0:0:0:0:0:1, true",
    "::/0, 10.0.0.1, false",
    "0.0.0.0/0, ::1, false",
    "10.0.0.0/8, ::ffff:10.1.2.3, true",
    // An IPv4 network that is written as an IPv6 one counts its bits as they are written.
    "::ffff:10.0.0.0/104, 10.255.255.255, true",
    "::ffff:10.0.0.0/104, 11.0.0.0, false",
    "::ffff:10.0.0.0/104, ::ffff:10.1.2.3, true",
    "::ffff:0:0/96, 192.168.0.1, true",
    "::ffff:0:0/96, ::1, false",
    "::ffff:10.0.0.7/128, 10.0.0.8, false",
    "::ffff:10.0.0.7, 10.0.0.7, true",
  })
  void hasTheAddressesThatShareItsBits(String network, String address, boolean has) {
    byte[] bytes = Network.address(address);
    assertThat(bytes).isNotNull();
    assertThat(Network.required(network).has(bytes)).isEqualTo(has);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "10.0.0.0/33",
        "10.0.0.0/+8",
        "10.0.0.0/8/8",
        "10.0.0",
        "010.0.0.1",
        "256.0.0.1",
        "1",
        "fd00::/129",
        "fd00:::/8",
        "fe80::1%eth0",
        "localhost",
        "host.example/8",
        "a.b",
        ":",
        "10.0.0.0/1000"
      })
  void refusesWhatIsNoneAndAsksNoDns(String network) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Network.required(network))
        .withMessage(
            "values: \"" + network + "\" (expected: a network, as 10.0.0.0/8 or fd00::/8)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::ffff:10.0.0.0/95", "::ffff:10.0.0.0/8", "::ffff:10.0.0.0/129"})
  void refusesANetworkThatIsPartlyIpv4(String network) {
    assertThatIllegalArgumentException().isThrownBy(() -> Network.required(network));
  }
}
