package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TemplateTest {
  @ParameterizedTest
  @EnumSource(names = {"H1", "H1_CLOSE"})
  void fillsEveryPlaceOfTheNginxConfiguration(Protocol protocol) {
    String config = ProcessBalancer.nginxConfig(8080, List.of(1, 2), protocol, Path.of("/tmp/d"));

    assertThat(config).doesNotContainPattern("@[A-Z_]+@");
    assertThat(config).contains("listen 127.0.0.1:8080;", "pid /tmp/d/nginx.pid;");
    // nginx' own variables survive.
    assertThat(config).contains("$upstream_addr", "Upgrade $http_upgrade;");
    assertThat(config.contains("    keepalive 32;")).isEqualTo(protocol == Protocol.H1);
  }

  @Test
  void neverLetsNginxSendAPostTwice() {
    String config = ProcessBalancer.nginxConfig(1, List.of(1), Protocol.H1, Path.of("d"));

    assertThat(config.lines().map(String::strip).filter(line -> !line.startsWith("#")))
        .noneMatch(line -> line.contains("non_idempotent") || line.contains("next_upstream"));
  }

  @ParameterizedTest
  @EnumSource
  void fillsEveryPlaceOfTheHaproxyConfiguration(Protocol protocol) {
    String config = ProcessBalancer.haproxyConfig(8080, List.of(1, 2), protocol);

    assertThat(config).doesNotContainPattern("@[A-Z_]+@");
    assertThat(config).contains("bind 127.0.0.1:8080", "    server shop-2 127.0.0.1:2");
    assertThat(config.contains(" proto h2")).isEqualTo(protocol == Protocol.H2);
    assertThat(config.contains("http-reuse never")).isEqualTo(protocol == Protocol.H1_CLOSE);
  }

  @Test
  void refusesAPlaceThatNobodyFills() {
    assertThatThrownBy(() -> Template.substitute("a.conf", "x @PORT@", Map.of("OTHER", "1")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a.conf: @PORT@ (expected: one of [OTHER])");
  }

  @Test
  void takesAValueAsItIs() {
    assertThat(Template.substitute("t", "<@A@>", Map.of("A", "$1 \\ @B@")))
        .isEqualTo("<$1 \\ @B@>");
  }
}
