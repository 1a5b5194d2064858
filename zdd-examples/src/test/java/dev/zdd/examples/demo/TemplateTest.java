package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TemplateTest {
  @Test
  void fillsEveryPlaceOfTheNginxConfiguration() {
    String config =
        Template.fill(
            "nginx.conf",
            Map.of("DIRECTORY", "/tmp/d", "PORT", "8080", "SERVERS", "    server 127.0.0.1:1;"));

    assertThat(config).doesNotContainPattern("@[A-Z_]+@");
    assertThat(config).contains("listen 127.0.0.1:8080;", "pid /tmp/d/nginx.pid;");
    // nginx' own variables survive.
    assertThat(config).contains("$upstream_addr", "proxy_set_header Connection \"\";");
  }

  @Test
  void neverLetsNginxSendAPostTwice() {
    String config =
        Template.fill("nginx.conf", Map.of("DIRECTORY", "d", "PORT", "1", "SERVERS", "s"));

    assertThat(config.lines().map(String::strip).filter(line -> !line.startsWith("#")))
        .noneMatch(line -> line.contains("non_idempotent") || line.contains("next_upstream"));
  }

  @Test
  void fillsEveryPlaceOfTheHaproxyConfiguration() {
    String config =
        Template.fill("haproxy.cfg", Map.of("PORT", "8080", "SERVERS", "    server a 127.0.0.1:1"));

    assertThat(config).doesNotContainPattern("@[A-Z_]+@");
    assertThat(config).contains("bind 127.0.0.1:8080", "    server a 127.0.0.1:1");
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
