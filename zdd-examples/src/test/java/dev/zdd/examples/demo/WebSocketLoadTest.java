package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.FreePort;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Against a real WebSocket server that does what each test tells it to. */
class WebSocketLoadTest {
  private static final Duration PATIENT = Duration.ofSeconds(10);
  private static final int CROSSED = 3;

  /** What to do with a message: which connection it came over, and how many came over it before. */
  private interface Behaviour {
    void on(int connection, int before, String message, WebSocketChannel channel)
        throws IOException;
  }

  private final Timeline timeline = new Timeline();
  private final Tally tally = new Tally();
  private final Tally.OfKind messages = tally.of(Kind.WEBSOCKET);
  private Undertow server;

  @AfterEach
  void stop() {
    if (server != null) {
      server.stop();
    }
  }

  @Test
  void countsEachMessageThatComesBack() throws Exception {
    run(start(WebSocketLoadTest::echo), PATIENT, 20);

    assertThat(tally.failed()).isZero();
    assertThat(messages.answered.sum()).isEqualTo(messages.sent.sum()).isGreaterThanOrEqualTo(20);
    assertThat(tally.sentSoFar()).as("messages are no requests").isZero();
  }

  @Test
  void opensAgainAfter1001AndRepeatsWhatHadCrossedIt() throws Exception {
    URI target =
        start((connection, before, message, channel) -> {
          if (connection > 1) {
            echo(connection, before, message, channel);
          } else if (before == CROSSED - 1) {
            WebSockets.sendClose(1001, "", channel, null);
          }
        });

    run(target, PATIENT, 20);

    assertThat(tally.failed()).as(tally.failedByKind().toString()).isZero();
    assertThat(tally.reconnects()).isEqualTo(1);
    assertThat(tally.messagesSentAgain()).isGreaterThanOrEqualTo(CROSSED);
    assertThat(messages.answered.sum()).isEqualTo(messages.sent.sum());
  }

  @Test
  void countsAnyOtherCloseAsFailedAndGoesOn() throws Exception {
    URI target =
        start((connection, before, message, channel) -> {
          if (connection > 1) {
            echo(connection, before, message, channel);
          } else {
            WebSockets.sendClose(1011, "no", channel, null);
          }
        });

    run(target, PATIENT, 10);

    assertThat(tally.failedByKind()).containsOnlyKeys("closed with 1011");
    assertThat(tally.failed()).isEqualTo(1);
    assertThat(tally.reconnects()).isZero();
    assertThat(tally.unaccounted()).isZero();
  }

  @Test
  void countsAConnectionThatEndsWithoutAClose() throws Exception {
    URI target =
        start((connection, before, message, channel) -> {
          if (connection > 1) {
            echo(connection, before, message, channel);
          } else {
            channel.getSourceAddress(); // touched, so that it was open
            channel.close();
          }
        });

    run(target, PATIENT, 10);

    assertThat(tally.failedByKind()).containsOnlyKeys("closed with 1006");
    assertThat(tally.failed()).isEqualTo(1);
  }

  @Test
  void countsAMessageThatIsNotBackInTime() throws Exception {
    run(start((connection, before, message, channel) -> {}), Duration.ofMillis(300), 5);

    assertThat(tally.failedByKind()).containsOnlyKeys(Failure.TIMEOUT);
    assertThat(messages.failed.sum()).isEqualTo(messages.sent.sum());
  }

  @Test
  void countsAConnectionThatCannotBeMade() throws Exception {
    run(URI.create("http://127.0.0.1:" + FreePort.next()), Duration.ofMillis(300), 5);

    assertThat(tally.failedByKind()).containsOnlyKeys(Failure.REFUSED, Failure.TIMEOUT);
    assertThat(tally.unaccounted()).isZero();
  }

  private void run(URI target, Duration timeout, long atLeast) throws InterruptedException {
    try (WebSocketLoad load = new WebSocketLoad(() -> target, 1, timeline, tally, timeout)) {
      load.start();
      await().until(() -> messages.answered.sum() + messages.failed.sum() >= atLeast);
      assertThat(load.stop()).as("every message accounted for").isTrue();
    }
  }

  private static void echo(int connection, int before, String message, WebSocketChannel channel) {
    WebSockets.sendText(message, channel, null);
  }

  private URI start(Behaviour behaviour) {
    AtomicInteger connections = new AtomicInteger();
    server =
        Undertow.builder()
            .addHttpListener(0, "127.0.0.1")
            .setHandler(
                Handlers.path()
                    .addExactPath(
                        "/ws",
                        Handlers.websocket((exchange, channel) -> {
                          int connection = connections.incrementAndGet();
                          AtomicInteger before = new AtomicInteger();
                          channel
                              .getReceiveSetter()
                              .set(
                                  new AbstractReceiveListener() {
                                    @Override
                                    protected void onFullTextMessage(
                                        WebSocketChannel from, BufferedTextMessage message)
                                        throws IOException {
                                      behaviour.on(
                                          connection,
                                          before.getAndIncrement(),
                                          message.getData(),
                                          from);
                                    }
                                  });
                          channel.resumeReceives();
                        })))
            .build();
    server.start();
    InetSocketAddress address = (InetSocketAddress) server.getListenerInfo().get(0).getAddress();
    return URI.create("http://127.0.0.1:" + address.getPort());
  }
}
