package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RawClient;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class UndertowDrainTest extends DrainContract {
  @Override
  ServerUnderTest start(ContractApplication application) throws Exception {
    return new UndertowUnderTest(application);
  }

  /** No GOAWAY yet, but no stream is cut. */
  @Test
  void finishesTheStreamsOfAnHttp2ConnectionAndClosesItWhenIdle() throws Exception {
    try (RawHttp2 client = new RawHttp2(server.port())) {
      assertThat(client.get(1, "/").body(1)).isEqualTo("ok");
      client.get(3, "/held");
      await().until(() -> inFlight() == 1);
      assertThat(client.get(5, "/").body(5)).isEqualTo("ok");
      signal();
      unbind();
      assertThat(server.drain().closeIdle(Duration.ZERO)).isZero();
      application.release.countDown();
      assertThat(client.body(3)).isEqualTo("ok");

      AtomicInteger closed = new AtomicInteger();
      await()
          .untilAsserted(() ->
              assertThat(closed.addAndGet(server.drain().closeIdle(Duration.ofMillis(50))))
                  .isEqualTo(1));
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void handsMessagesThatHaveCrossedTheCloseOfAWebSocketToTheApplication() throws Exception {
    try (RawWebSocket client = new RawWebSocket(server.port(), "/socket")) {
      signal();
      unbind();
      assertThat(client.next().closeCode()).isEqualTo(1001);
      client.send(RawWebSocket.TEXT, new byte[] {'b'});
      await().until(() -> ((UndertowUnderTest) server).messages.contains("b"));
      client.send(RawWebSocket.CLOSE, new byte[] {3, (byte) 0xe9});
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void answersTheCloseOfAWebSocketAtOnceWhileLeaving() throws Exception {
    try (RawWebSocket client = new RawWebSocket(server.port(), "/socket")) {
      signal();
      client.send(RawWebSocket.CLOSE, new byte[] {3, (byte) 0xe8});
      assertThat(client.next().closeCode()).isEqualTo(1000);
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  /** One that has lost its network, or does not know how. */
  @Test
  void waitsNoLongerThanASecondOfSilenceForTheAnswer() throws Exception {
    try (RawWebSocket client = new RawWebSocket(server.port(), "/socket")) {
      signal();
      unbind();
      assertThat(client.next().closeCode()).isEqualTo(1001);
      assertThat(settle(Duration.ofMinutes(5))).isZero();
      assertThat(client.isAtEnd()).isTrue();
    }
  }

  @Test
  void forgetsConnectionsThatHaveEndedThoughNobodyAsks() throws Exception {
    for (int i = 0; i < 300; i++) {
      try (RawClient client = connect()) {
        client.send("GET / HTTP/1.1\r\nHost: zdd\r\nConnection: close\r\n\r\n").untilEnd();
      }
    }
    assertThat(((UndertowUnderTest) server).drain.remembered()).isLessThan(200);
  }
}
