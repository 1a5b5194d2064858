package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;

class TomcatDrainTest extends DrainContract {
  @Override
  ServerUnderTest start(ContractApplication application) throws Exception {
    return new TomcatUnderTest(application);
  }

  /** The second GOAWAY comes to a client that goes on after the first. */
  @Test
  void refusesStreamsThatAreOpenedLongAfterTheFirstGoAwayWithTheFinalOne() throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      assertThat(client.get(1, "/").body(1)).isEqualTo("ok");
      signal();
      assertThat(client.next().goAway()).isEqualTo("GOAWAY(2147483647, 0)");
      long start = System.nanoTime();
      await().until(() -> System.nanoTime() - start > 1_500_000_000);

      client.get(3, "/");

      assertThat(client.next().goAway()).isEqualTo("GOAWAY(1, 0)");
      assertThat(application.calls).hasValue(1);
    }
  }

  @Test
  void isFoundByItsName() {
    assertThat(new Connector(TomcatDrain.PROTOCOL).getProtocolHandler())
        .isInstanceOf(TomcatProtocol.class);
  }

  @Test
  void refusesAServerWithoutADrainableConnector() {
    Tomcat tomcat = new Tomcat();
    tomcat.setConnector(new Connector());
    assertThatThrownBy(() -> TomcatDrain.of(tomcat))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no connector speaks dev.zdd.servlet.TomcatProtocol (expected: ");
  }
}
