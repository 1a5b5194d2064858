package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;

class TomcatDrainTest extends DrainContract {
  @Override
  ServerUnderTest start(ContractApplication application) throws Exception {
    return new TomcatUnderTest(application);
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
