package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexCodecBuilder;
import io.netty.handler.codec.http2.Http2StreamFrame;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class Http2Test {
  private static final String EVERY_STREAM = "GOAWAY " + Integer.MAX_VALUE + " 0";
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int REFUSED_STREAM = 7;

  private static Http2Client used(TestServer server) throws Exception {
    var client = new Http2Client(server.port());
    client.get(1, "/first");
    assertThat(client.next()).isEqualTo("HEADERS 1 200");
    assertThat(client.next()).isEqualTo("DATA 1 /first end");
    await().until(() -> server.lifecycle.inFlight().count() == 0);
    return client;
  }

  private static void leave(TestServer server) {
    server.lifecycle.drain("test");
    server.drain.announce();
  }

  @Test
  void servesBothProtocolsOnOnePort() throws Exception {
    try (var server = TestServer.cleartext();
        var old = server.client();
        var young = new Http2Client(server.port())) {
      assertThat(old.get("/old").answer().body()).isEqualTo("/old");
      assertThat(old.send("POST /echo HTTP/1.1\r\nContent-Length: 1\r\n\r\nx").answer().body())
          .isEqualTo("received 1");
      young.head(1, "POST", "/echo", false).data(1, "abc", true);
      assertThat(young.next()).isEqualTo("HEADERS 1 200");
      assertThat(young.next()).isEqualTo("DATA 1 received 3 end");
      assertThat(server.drain.open()).isEqualTo(2);
    }
  }

  @Test
  void recognisesAPrefaceThatComesByteByByte() throws Exception {
    try (var server = TestServer.cleartext();
        var client = server.client()) {
      for (char next : "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".toCharArray()) {
        client.send(String.valueOf(next));
        server.passLoops();
      }
      client.send("\0\0\0\4\0\0\0\0\0"); // empty settings
      byte[] settings = client.socket.getInputStream().readNBytes(9);
      assertThat(settings[3]).isEqualTo((byte) 4);
    }
  }

  @Test
  void countsAStreamUntilItsLastFrame() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port())) {
      client.get(1, "/slow-1").get(3, "/stream-3");
      await().until(() -> server.waiting.size() == 2);
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(2);
      server.waiting.remove().answer();
      await().until(() -> server.lifecycle.inFlight().count() == 1);
      server.waiting.remove().end();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }

  /** What a handler between the codec and ours may make of the codec's own class. */
  private record OtherHead(Http2HeadersFrame head) implements Http2HeadersFrame {
    @Override
    public Http2Headers headers() {
      return head.headers();
    }

    @Override
    public int padding() {
      return head.padding();
    }

    @Override
    public boolean isEndStream() {
      return head.isEndStream();
    }

    @Override
    public Http2StreamFrame stream(Http2FrameStream stream) {
      head.stream(stream);
      return this;
    }

    @Override
    public Http2FrameStream stream() {
      return head.stream();
    }

    @Override
    public String name() {
      return head.name();
    }
  }

  @Test
  void countsAHeadOfAnyClass() throws Exception {
    var replacing =
        new ChannelInboundHandlerAdapter() {
          @Override
          public boolean isSharable() {
            return true;
          }

          @Override
          public void channelRead(ChannelHandlerContext ctx, Object msg) {
            ctx.fireChannelRead(msg instanceof Http2HeadersFrame head ? new OtherHead(head) : msg);
          }
        };
    try (var server =
            TestServer.with((shop, pipeline) -> {
              shop.http2(pipeline);
              pipeline.addAfter(pipeline.context(Http2FrameCodec.class).name(), null, replacing);
            });
        var client = new Http2Client(server.port())) {
      client.get(1, "/slow");
      await().until(() -> server.waiting.size() == 1);
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
    }
  }

  @Test
  void trailersBeginNoRequest() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port())) {
      client.head(1, "POST", "/echo", false).data(1, "abc", false).trailers(1);
      assertThat(client.next()).isEqualTo("HEADERS 1 200");
      assertThat(client.next()).isEqualTo("DATA 1 received 3 end");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      assertThat(server.lifecycle.inFlight().begun()).isEqualTo(1);
    }
  }

  // A stream that the client keeps open has been answered all the same: it must not hold up a
  // drain.
  @Test
  void aRequestThatGoesOnIsOverWithItsResponse() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port())) {
      client.head(1, "POST", "/early", false);
      assertThat(client.next()).isEqualTo("HEADERS 1 200");
      assertThat(client.next()).isEqualTo("DATA 1 /early end");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      client.data(1, "abc", true).get(3, "/next");
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /next end");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      assertThat(server.lifecycle.inFlight().begun()).isEqualTo(2);
    }
  }

  // As below, but the request has not ended, and the codec does not wait for the socket.
  @Test
  void aRequestThatGoesOnIsInFlightUntilTheSocketHasTakenItsResponse() throws Exception {
    try (var server = TestServer.cleartext();
        var client = narrow(server)) {
      client.get(1, "/big");
      await().until(() -> server.seen.size() == 1);
      server.passLoops();
      client.head(3, "POST", "/early-empty", false);
      await().until(() -> server.seen.size() == 2);
      server.passLoops();
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(2);
      server.drain.close();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void doesNotCountAProbe() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port())) {
      client.get(1, "/ready?x");
      assertThat(client.next()).isEqualTo("HEADERS 1 200");
      assertThat(client.next()).isEqualTo("DATA 1 GET /ready x end");
      assertThat(server.lifecycle.inFlight().begun()).isZero();
      server.lifecycle.drain("test");
      assertThat(server.lifecycle.inFlight().tryClose()).isTrue();
      client.get(3, "/ready");
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
    }
  }

  @Test
  void aStreamThatIsResetIsNotInFlight() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port())) {
      client.get(1, "/slow").head(3, "POST", "/upload", false);
      await().until(() -> server.lifecycle.inFlight().count() == 2);
      client.reset(1);
      await().until(() -> server.lifecycle.inFlight().count() == 1);
      client.close();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }

  // The only frame of a response without body waits for no window, and the stream could be taken
  // for ended when that is written. Here the socket cannot take it, for the client does not read.
  @Test
  void aStreamIsInFlightUntilTheSocketHasTakenItsLastFrame() throws Exception {
    try (var server = TestServer.cleartext();
        var client = narrow(server)) {
      client.get(1, "/big");
      await().until(() -> server.seen.size() == 1);
      server.passLoops();
      client.get(3, "/empty");
      await().until(() -> server.seen.size() == 2);
      server.passLoops();
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(2);
      server.drain.close();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }

  private static Http2Client narrow(TestServer server) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
    return new Http2Client(socket);
  }

  @Test
  void refusesStreamsOnceTheGateIsClosedSoThatTheyMayBeRetried() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      server.lifecycle.drain("test");
      assertThat(server.lifecycle.inFlight().tryClose()).isTrue();
      client.head(3, "POST", "/late", false).data(3, "body", true);
      assertThat(client.next()).isEqualTo("RST_STREAM 3 " + REFUSED_STREAM);
      assertThat(server.seen).containsExactly("GET /first");
    }
  }

  @Test
  void saysGoodbyeInTwoStepsAndAnswersWhatComesBetween() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      leave(server);
      assertThat(client.next()).isEqualTo(EVERY_STREAM);
      assertThat(client.next()).isEqualTo("PING");
      client.get(3, "/slow-between").pong();
      assertThat(client.next()).isEqualTo("GOAWAY 3 0");
      server.waiting.remove().answer();
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /slow-between end");
      client.close();
      await().until(() -> server.drain.open() == 0);
    }
  }

  // As Jetty's client does it: the ping's answer goes out ahead of a stream that it has opened.
  @Test
  void servesAStreamThatComesSoonAfterThePingsAnswer() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      leave(server);
      assertThat(client.next()).isEqualTo(EVERY_STREAM);
      assertThat(client.next()).isEqualTo("PING");
      client.pong().get(3, "/late");
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /late end");
      long answered = System.nanoTime();
      assertThat(client.next()).isEqualTo("GOAWAY 3 0");
      assertThat(Duration.ofNanos(System.nanoTime() - answered))
          .isGreaterThan(Duration.ofMillis(125));
    }
  }

  // A client may drop a response that has come whole if the end of stream is right behind it.
  @Test
  void leavesItToTheClientToCloseFirst() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      client.get(3, "/slow");
      await().until(() -> server.waiting.size() == 1);
      leave(server);
      assertThat(client.next()).isEqualTo(EVERY_STREAM);
      assertThat(client.next()).isEqualTo("PING");
      client.pong();
      assertThat(client.next()).isEqualTo("GOAWAY 3 0");
      server.waiting.remove().answer();
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /slow end");
      long answered = System.nanoTime();
      assertThat(client.next()).isEqualTo("EOF");
      assertThat(Duration.ofNanos(System.nanoTime() - answered))
          .isGreaterThan(Duration.ofMillis(900));
    }
  }

  @Test
  void saysTheLastWordThoughThePingIsNotAnswered() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      leave(server);
      assertThat(client.next()).isEqualTo(EVERY_STREAM);
      assertThat(client.next()).isEqualTo("PING");
      assertThat(client.next()).isEqualTo("GOAWAY 1 0");
      assertThat(client.next()).isEqualTo("EOF");
    }
  }

  @Test
  void doesNotBeginStreamsAboveTheLast() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      client.get(3, "/slow");
      await().until(() -> server.waiting.size() == 1);
      leave(server);
      assertThat(client.next()).isEqualTo(EVERY_STREAM);
      assertThat(client.next()).isEqualTo("PING");
      client.pong();
      assertThat(client.next()).isEqualTo("GOAWAY 3 0");
      client.head(5, "POST", "/above", false).data(5, "body", true).get(7, "/above");
      assertThat(client.next()).isEqualTo("RST_STREAM 5 " + REFUSED_STREAM);
      String next = client.next();
      // The codec says once more that the stream is closed, if the body comes after the reset.
      assertThat(next.equals("RST_STREAM 5 5") ? client.next() : next)
          .isEqualTo("RST_STREAM 7 " + REFUSED_STREAM);
      server.waiting.remove().answer();
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /slow end");
      assertThat(client.next()).isEqualTo("EOF");
      assertThat(server.seen).containsExactly("GET /first", "GET /slow");
    }
  }

  @Test
  void tellsAConnectionThatOpensWhileAnnouncingAfterItsFirstRequest() throws Exception {
    try (var server = TestServer.cleartext();
        var before = new Http2Client(server.port()).settled()) {
      leave(server);
      try (var later = new Http2Client(server.port()).settled()) {
        for (Http2Client client : new Http2Client[] {before, later}) {
          client.get(1, "/once");
          assertThat(List.of(client.next(), client.next(), client.next(), client.next()))
              .contains("HEADERS 1 200", "DATA 1 /once end")
              .containsSubsequence(EVERY_STREAM, "PING");
          client.pong();
          assertThat(client.next()).isEqualTo("GOAWAY 1 0");
          assertThat(client.next()).isEqualTo("EOF");
        }
      }
    }
  }

  @Test
  void tellsAConnectionThatWasNeverUsedOnceTheListenerIsClosed() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port()).settled()) {
      leave(server);
      server.passLoops();
      server.drain.unbind();
      assertThat(client.next()).isEqualTo(EVERY_STREAM);
      assertThat(client.next()).isEqualTo("PING");
      client.pong();
      assertThat(client.next()).isEqualTo("GOAWAY 0 0");
      assertThat(client.next()).isEqualTo("EOF");
    }
  }

  @Test
  void aClientThatNeverReadsHoldsUpNobodyElse() throws Exception {
    try (var server = TestServer.cleartext();
        var deaf = narrow(server);
        var other = used(server)) {
      deaf.get(1, "/big");
      await().until(() -> server.seen.size() == 2);
      leave(server);
      server.drain.unbind();
      assertThat(other.next()).isEqualTo(EVERY_STREAM);
      assertThat(other.next()).isEqualTo("PING");
      other.pong();
      assertThat(other.next()).isEqualTo("GOAWAY 1 0");
      assertThat(other.next()).isEqualTo("EOF");
      other.close();
      await().until(() -> server.drain.open() == 1);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      server.drain.close();
      assertThat(server.drain.open()).isZero();
      assertThat(server.lifecycle.inFlight().count()).isZero();
    }
  }

  /** The codec closes the streams after the channel, in a later turn of the loop. */
  @Test
  void streamsOfAConnectionThatIsNotOpenAreNotInFlight() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      client.get(3, "/slow").get(5, "/slow");
      await().until(() -> server.waiting.size() == 2);
      server.holdOnceForgotten(server.waiting.remove().ctx().channel().parent());
      server.drain.close();
      assertThat(server.drain.open()).isZero();
      assertThat(server.lifecycle.inFlight().count()).isZero();
    }
  }

  @Test
  void closesIdleConnectionsWithTheLastStreamSoThatNothingIsLost() throws Exception {
    try (var server = TestServer.cleartext();
        var idle = used(server);
        var busy = used(server);
        var silent = server.client()) {
      busy.get(3, "/slow");
      await().until(() -> server.waiting.size() == 1 && server.drain.open() == 3);
      assertThat(server.drain.closeIdle(LONG)).isZero();
      assertThat(server.drain.closeIdle(Duration.ZERO)).isEqualTo(2);
      assertThat(idle.next()).isEqualTo("GOAWAY 1 0");
      assertThat(idle.next()).isEqualTo("EOF");
      assertThat(silent.rest()).isEmpty();
      server.waiting.remove().answer();
      assertThat(busy.next()).isEqualTo("HEADERS 3 200");
    }
  }

  @Test
  void aConnectionThatWasJustUsedIsNotIdleHoweverOldItIs() throws Exception {
    Duration idle = Duration.ofSeconds(2);
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      await().pollDelay(idle).until(() -> true); // the time itself is the subject
      client.get(3, "/again");
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /again end");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      assertThat(server.drain.closeIdle(idle)).isZero();
      await().until(() -> server.drain.closeIdle(idle) == 1);
    }
  }

  @Test
  void cutsWhatIsLeftAndSaysWhatWasTaken() throws Exception {
    try (var server = TestServer.cleartext();
        var client = used(server)) {
      client.get(3, "/slow");
      await().until(() -> server.waiting.size() == 1);
      server.drain.close();
      assertThat(client.next()).isEqualTo("GOAWAY 3 0");
      assertThat(server.drain.open()).isZero();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void answersAClientThatHasEndedItsSide() throws Exception {
    try (var server =
            TestServer.with((shop, pipeline) -> {
              pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
              shop.http2(pipeline);
            });
        var client = used(server)) {
      client.get(3, "/slow");
      await().until(() -> server.waiting.size() == 1);
      client.socket.shutdownOutput();
      assertThat(client.next()).isEqualTo("GOAWAY 3 0");
      server.waiting.remove().answer();
      assertThat(client.next()).isEqualTo("HEADERS 3 200");
      assertThat(client.next()).isEqualTo("DATA 3 /slow end");
      assertThat(client.next()).isEqualTo("EOF");
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void losesNoBuffer() throws Exception {
    Leaks leaks = new Leaks();
    saysGoodbyeInTwoStepsAndAnswersWhatComesBetween();
    doesNotBeginStreamsAboveTheLast();
    refusesStreamsOnceTheGateIsClosedSoThatTheyMayBeRetried();
    leaks.assertNone();
  }

  @Test
  void refusesAPipelineWithoutAFrameCodec() {
    var channel = new EmbeddedChannel();
    channel.pipeline().addLast(NettyDrain.of(new Lifecycle()).http2ConnectionHandler());
    assertThatThrownBy(channel::checkException)
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasStackTraceContaining("no Http2FrameCodec");
    channel.close();
  }

  @SuppressWarnings("deprecation")
  @Test
  void refusesACodecThatKeepsTheStreamsToItself() {
    var codec =
        Http2MultiplexCodecBuilder.forServer(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public boolean isSharable() {
                    return true;
                  }
                })
            .build();
    var channel = new EmbeddedChannel(codec);
    channel.pipeline().addLast(NettyDrain.of(new Lifecycle()).http2ConnectionHandler());
    assertThatThrownBy(channel::checkException)
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasStackTraceContaining("Http2MultiplexHandler behind");
    channel.close();
  }
}
