package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
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

  /** A GOAWAY before its first stream would fail what a balancer has in store for it. */
  @Test
  void tellsAConnectionThatIsOpenedDuringTheAnnouncementWhenTheListenerIsClosed() throws Exception {
    signal();
    try (RawHttp2 client = new RawHttp2(server.port())) {
      // Without a GOAWAY before the response: that would be an IOException.
      assertThat(client.get(1, "/").body(1)).isEqualTo("ok");
      assertThat(client.get(3, "/").body(3)).isEqualTo("ok");
      unbind();
      assertThat(client.next().goAway()).isEqualTo("GOAWAY(2147483647, 0)");
    }
  }

  /** The idle time is for clients that were told nothing; this one has known for a second. */
  @Test
  void endsAConnectionWithoutStreamsSoonThoughTheIdleTimeIsLong() throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      assertThat(client.get(1, "/").body(1)).isEqualTo("ok");
      client.get(3, "/held");
      await().until(() -> inFlight() == 1);
      signal();
      assertThat(client.next().goAway()).isEqualTo("GOAWAY(2147483647, 0)");
      unbind();
      Thread closer = new Thread(() -> settle(Duration.ofHours(1)));
      closer.start();
      application.release.countDown();
      assertThat(client.body(3)).isEqualTo("ok");
      long answered = System.nanoTime();

      assertThat(client.next().goAway()).isEqualTo("GOAWAY(3, 0)");

      assertThat(Duration.ofNanos(System.nanoTime() - answered))
          .isGreaterThan(TomcatUpgraded.Http2.TOLD_AND_QUIET.minusMillis(100));
      assertThat(client.isAtEnd()).isTrue();
      client.close();
      closer.join();
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
