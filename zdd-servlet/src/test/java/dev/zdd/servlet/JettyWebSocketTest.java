package dev.zdd.servlet;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RawClient;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.ee11.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** WebSockets over HTTP/1.1, with the JDK's client. */
@Timeout(60)
class JettyWebSocketTest {
  // A PONG, then the close frame: 12 bytes, the code and "going away".
  private static final byte[] GOING_AWAY = {
    (byte) 0x8a, 0, (byte) 0x88, 12, (byte) (1001 >> 8), (byte) 1001
  };

  static final List<String> ended = new CopyOnWriteArrayList<>();
  static final List<Session> sessions = new CopyOnWriteArrayList<>();

  /** Sends each message back with a tail of 20 kB. */
  public static final class Echo extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      sessions.add(session);
      session.addMessageHandler(
          String.class, message -> session.getAsyncRemote().sendText(message + "x".repeat(20_000)));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
      ended.add("closed " + reason.getCloseCode().getCode());
    }

    @Override
    public void onError(Session session, Throwable failure) {
      ended.add("failed " + failure);
    }
  }

  static final class Client implements WebSocket.Listener {
    final List<String> messages = new CopyOnWriteArrayList<>();
    private final StringBuilder partial = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        messages.add(partial.substring(0, partial.indexOf("x")));
        partial.setLength(0);
      }
      webSocket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      messages.add(code + " " + reason);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable failure) {
      messages.add("failed: " + failure);
    }
  }

  @BeforeEach
  void forget() {
    ended.clear();
    sessions.clear();
  }

  private static JettyFixture jetty() throws Exception {
    return new JettyFixture(
        server -> new ServerConnector(server, 1, 1),
        context ->
            JakartaWebSocketServletContainerInitializer.configure(
                context,
                (servlets, webSockets) ->
                    webSockets.addEndpoint(
                        ServerEndpointConfig.Builder.create(Echo.class, "/echo").build())));
  }

  private static WebSocket open(JettyFixture jetty, Client client) throws Exception {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(
            URI.create("ws://127.0.0.1:" + jetty.connector.getLocalPort() + "/echo"), client)
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void closesWithGoingAwayAtUnbindAndNotBefore() throws Exception {
    Client client = new Client();
    try (JettyFixture jetty = jetty()) {
      WebSocket webSocket = open(jetty, client);
      jetty.signal();
      assertThat(jetty.drain.closeIdle(Duration.ofNanos(1))).isZero();
      webSocket.sendText("one", true).get(10, TimeUnit.SECONDS);
      await().until(() -> client.messages.contains("one"));

      jetty.drain.unbind();

      await().until(() -> client.messages.size() == 2);
      assertThat(client.messages).containsExactly("one", "1001 going away");
      await().until(() -> jetty.drain.open() == 0);
      await().until(() -> !ended.isEmpty());
      assertThat(ended).containsExactly("closed 1001");
    }
  }

  /** Jetty throws away what is queued before any other close than 1000. */
  @Test
  void deliversFirstWhatTheApplicationHadSent() throws Exception {
    Client client = new Client();
    try (JettyFixture jetty = jetty()) {
      open(jetty, client);
      await().until(() -> sessions.size() == 1);
      jetty.signal();
      for (int i = 0; i < 500; i++) {
        sessions.get(0).getAsyncRemote().sendText(i + "x".repeat(20_000));
      }
      jetty.drain.unbind();

      await().until(() -> client.messages.contains("1001 going away"));
      assertThat(client.messages).hasSize(501).startsWith("0").endsWith("499", "1001 going away");
      await().until(() -> jetty.drain.open() == 0);
      assertThat(ended).containsExactly("closed 1001");
    }
  }

  @Test
  void closesWhatIsUpgradedOnlyAfterwards() throws Exception {
    try (JettyFixture jetty = jetty();
        RawClient upgrading = jetty.connect()) {
      upgrading.send("GET /echo HTTP/1.1\r\nHost: zdd\r\nUpgrade: websocket\r\n");
      await().until(() -> jetty.drain.open() == 1);
      jetty.signal();
      jetty.drain.unbind();

      upgrading.send(
          "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
      String response = upgrading.response();
      assertThat(response)
          .startsWith("HTTP/1.1 101")
          .contains("Connection: Upgrade")
          .doesNotContain("Connection: close");
      assertThat(upgrading.socket().getInputStream().readNBytes(6)).containsExactly(GOING_AWAY);
    }
  }

  /** A balancer takes the end of our side for the end of both, and resets what answers. */
  @Test
  void endsTheStreamWhenTheClientHasAnsweredAndNotBefore() throws Exception {
    try (JettyFixture jetty = jetty();
        RawClient client = jetty.connect()) {
      upgrade(client);
      jetty.signal();
      jetty.drain.unbind();
      InputStream in = client.socket().getInputStream();
      assertThat(in.readNBytes(6)).containsExactly(GOING_AWAY);
      assertThat(new String(in.readNBytes(10), US_ASCII)).isEqualTo("going away");
      client.socket().setSoTimeout(300);
      assertThatThrownBy(in::read).isInstanceOf(SocketTimeoutException.class);

      // Masked with zeros.
      byte[] close = {(byte) 0x88, (byte) 0x82, 0, 0, 0, 0, (byte) (1001 >> 8), (byte) 1001};
      client.socket().setSoTimeout(10_000);
      client.socket().getOutputStream().write(close);
      assertThat(in.read()).as("end of stream, and no reset").isEqualTo(-1);
      await().until(() -> jetty.drain.open() == 0);
      assertThat(ended).containsExactly("closed 1001");
    }
  }

  private static void upgrade(RawClient client) throws Exception {
    client.send(
        "GET /echo HTTP/1.1\r\nHost: zdd\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    assertThat(client.response()).startsWith("HTTP/1.1 101");
  }

  @Test
  void cutsAtCloseTheOneThatDoesNotAnswer() throws Exception {
    try (JettyFixture jetty = jetty();
        RawClient deaf = jetty.connect()) {
      upgrade(deaf);
      jetty.signal();
      jetty.drain.unbind();
      assertThat(deaf.socket().getInputStream().readNBytes(6)).containsExactly(GOING_AWAY);
      await().until(() -> jetty.drain.open() == 1);
      assertThat(jetty.drain.closeIdle(Duration.ofNanos(1))).isZero();

      jetty.drain.close();
      await().until(() -> deaf.socket().getInputStream().readAllBytes().length >= 0);
    }
  }
}
