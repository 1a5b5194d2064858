package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshakerFactory;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WebSocketTest {
  private final Queue<Channel> sessions = new ConcurrentLinkedQueue<>();

  private TestServer server(boolean netty) throws InterruptedException {
    return TestServer.with((server, pipeline) -> {
      pipeline.addLast(new HttpServerCodec(), server.drain.connectionHandler());
      pipeline.addLast(new HttpObjectAggregator(1000));
      if (netty) {
        pipeline.addLast(new WebSocketServerProtocolHandler("/ws"), new Echo());
      } else {
        pipeline.addLast(new ByHand());
      }
    });
  }

  private final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      sessions.add(ctx.channel());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      if (frame instanceof TextWebSocketFrame text) {
        ctx.writeAndFlush(new TextWebSocketFrame(text.text()));
      } else if (frame instanceof CloseWebSocketFrame close) {
        ctx.writeAndFlush(close.retain()).addListener(ChannelFutureListener.CLOSE);
      }
    }
  }

  private final class ByHand extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      ctx.pipeline().replace(ctx.name(), "echo", (ChannelHandler) new Echo());
      new WebSocketServerHandshakerFactory("ws://shop/ws", null, false)
          .newHandshaker(request)
          .handshake(ctx.channel(), request);
    }
  }

  /** What the JDK's client is told. */
  private static final class Heard implements WebSocket.Listener {
    final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>();
    final CompletableFuture<String> closed = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
      texts.add(text.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      closed.complete(status + " " + reason);
      return null; // the client answers with the same
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.completeExceptionally(error);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isToldToEndOnceTheListenerIsClosed(boolean netty) throws Exception {
    try (var server = server(netty)) {
      Heard heard = new Heard();
      WebSocket client =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + server.port() + "/ws"), heard)
              .get(20, TimeUnit.SECONDS);
      server.lifecycle.drain("test");
      server.drain.announce();
      client.sendText("still here", true);
      assertThat(heard.texts.poll(20, TimeUnit.SECONDS)).isEqualTo("still here");
      assertThat(heard.closed).isNotDone();
      assertThat(server.lifecycle.inFlight().count()).isZero();
      server.drain.unbind();
      assertThat(heard.closed.get(20, TimeUnit.SECONDS)).isEqualTo("1001 going away");
      await().until(() -> server.drain.open() == 0);
    }
  }

  private static Client upgraded(Client client) throws Exception {
    assertThat(handshake(client).answer().status()).isEqualTo(101);
    return client;
  }

  private static Client handshake(Client client) throws Exception {
    return client.send(
        "GET /ws HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  }

  // A client's frame, masked with zeros.
  private static String frame(int opcode, String payload) {
    return (char) (0x80 | opcode) + "" + (char) (0x80 | payload.length()) + "\0\0\0\0" + payload;
  }

  private static final String GOING_AWAY =
      new String(new byte[] {(byte) 0x88, 12, 0x03, (byte) 0xe9}, StandardCharsets.ISO_8859_1)
          + "going away";

  private static String bytes(Client client, int count) throws Exception {
    return new String(
        client.socket.getInputStream().readNBytes(count), StandardCharsets.ISO_8859_1);
  }

  private static String rest(Client client) throws Exception {
    return new String(client.socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void sendsNothingAfterTheCloseFrame(boolean netty) throws Exception {
    try (var server = server(netty);
        var client = upgraded(server.client())) {
      await().until(() -> server.lifecycle.inFlight().count() == 0 && !sessions.isEmpty());
      server.drain.unbind();
      assertThat(bytes(client, GOING_AWAY.length())).isEqualTo(GOING_AWAY);
      ChannelFuture late = sessions.element().writeAndFlush(new TextWebSocketFrame("late")).await();
      assertThat(late.isSuccess()).isFalse();
      client.send(frame(1, "crossed")).send(frame(8, "\003\351"));
      assertThat(rest(client)).isEmpty();
    }
  }

  @Test
  void isToldAtOnceIfItOpensAfterwards() throws Exception {
    try (var server = server(true);
        var client = server.client()) {
      await().until(() -> server.drain.open() == 1);
      server.drain.unbind();
      server.passLoops();
      upgraded(client);
      assertThat(bytes(client, GOING_AWAY.length())).isEqualTo(GOING_AWAY);
    }
  }

  @Test
  void isEndedThoughItsPeerDoesNotAnswer() throws Exception {
    try (var server = server(true);
        var client = upgraded(server.client())) {
      server.drain.unbind();
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      assertThat(rest(client)).isEqualTo(GOING_AWAY);
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void isNotToldIfTheApplicationHasClosedIt() throws Exception {
    try (var server = server(false);
        var client = upgraded(server.client())) {
      await().until(() -> server.lifecycle.inFlight().count() == 0 && !sessions.isEmpty());
      sessions.element().writeAndFlush(new CloseWebSocketFrame(4000, "bye")).sync();
      server.drain.unbind();
      server.passLoops();
      client.send(frame(8, "\017\240"));
      // The application's close and its answer to the client's are its own affair.
      assertThat(rest(client)).startsWith("\210\005\017\240bye").doesNotContain("going away");
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void anotherProtocolIsLeftAloneUntilItIsCut() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      assertThat(client.get("/upgrade").answer().status()).isEqualTo(101);
      server.lifecycle.drain("test");
      server.drain.announce();
      server.drain.unbind();
      server.passLoops();
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      assertThat(server.drain.open()).isEqualTo(1);
      server.drain.close();
      assertThat(rest(client)).isEmpty();
    }
  }
}
