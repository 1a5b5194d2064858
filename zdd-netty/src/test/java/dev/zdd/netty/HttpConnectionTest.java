package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import dev.zdd.netty.Client.Answer;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpConnectionTest {
  private static Leaks leaks;

  @BeforeAll
  static void watchBuffers() {
    leaks = new Leaks();
  }

  @AfterAll
  static void noBufferLeaked() {
    leaks.assertNone();
  }

  @Test
  void keepsTheConnectionBetweenRequests() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      for (int i = 0; i < 3; i++) {
        Answer answer = client.get("/hello" + i).answer();
        assertThat(answer.body()).isEqualTo("/hello" + i);
        assertThat(answer.head()).doesNotContainIgnoringCase("connection:");
      }
      assertThat(server.drain.open()).isEqualTo(1);
      assertThat(server.lifecycle.inFlight().begun()).isEqualTo(3);
      awaitCount(server, 0);
    }
  }

  @Test
  void countsARequestUntilItsAnswerIsGivenByAnotherThread() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/slow?secret=1");
      await().until(() -> server.waiting.size() == 1);
      InFlight.Work work = server.lifecycle.inFlight().work().get(0);
      assertThat(work.method()).isEqualTo("GET");
      assertThat(work.target()).isEqualTo("/slow");
      assertThat(work.thread()).isNull();
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow?secret=1");
      awaitCount(server, 0);
    }
  }

  @Test
  void answersPipelinedRequestsInTheirOrder() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow1") + get("/ready") + get("/fast") + get("/slow2") + get("/last"));
      await().until(() -> server.waiting.size() == 1);
      assertThat(server.seen).containsExactly("GET /slow1");
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow1");
      assertThat(client.answer().body()).isEqualTo("GET /ready null");
      assertThat(client.answer().body()).isEqualTo("/fast");
      await().until(() -> server.waiting.size() == 1);
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow2");
      assertThat(client.answer().body()).isEqualTo("/last");
    }
  }

  @Test
  void letsHandlersFlushWhatTheyGatheredForAHeldRequest() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow") + get("/late-flush1") + get("/late-flush2"));
      await().until(() -> server.waiting.size() == 1);
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow");
      assertThat(client.answer().body()).isEqualTo("/late-flush1");
      assertThat(client.answer().body()).isEqualTo("/late-flush2");
    }
  }

  @Test
  void readsNoFurtherWhileRequestsAreHeldAndGoesOnAfterwards() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow") + get("/held"));
      await().until(() -> server.waiting.size() == 1);
      client.send(get("/later"));
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow");
      assertThat(client.answer().body()).isEqualTo("/held");
      assertThat(client.answer().body()).isEqualTo("/later");
    }
  }

  @Test
  void leavesWhatIsBehindAHeldRequestInTheSocket() throws Exception {
    int size = 64 << 20;
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(
          get("/slow")
              + "POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: "
              + size
              + "\r\n\r\n");
      await().until(() -> server.waiting.size() == 1);
      AtomicInteger sent = new AtomicInteger();
      Thread sender =
          new Thread(() -> {
            byte[] piece = new byte[1 << 16];
            try {
              while (sent.get() < size) {
                client.socket.getOutputStream().write(piece);
                sent.addAndGet(piece.length);
              }
            } catch (IOException e) {
              sent.set(-1);
            }
          });
      sender.start();
      AtomicInteger last = new AtomicInteger(-1);
      await()
          .pollInterval(Duration.ofMillis(300))
          .until(() -> last.getAndSet(sent.get()) == sent.get());
      assertThat(sent.get()).isLessThan(size / 2);
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow");
      assertThat(client.answer().body()).isEqualTo("received " + size);
      sender.join();
    }
  }

  @Test
  void servesAHundredPipelinedRequestsOfTheSameSegment() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow") + get("/x").repeat(100));
      await().until(() -> server.waiting.size() == 1);
      server.waiting.remove().answer();
      for (int i = 0; i < 101; i++) {
        assertThat(client.answer().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void saysCloseFromTheMomentOfTheDrainAndEndsTheStreamBehindTheLastByte() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      assertThat(client.get("/before").answer().saysClose()).isFalse();
      server.lifecycle.drain("test");
      Answer answer = client.get("/after").answer();
      assertThat(answer.body()).isEqualTo("/after");
      assertThat(answer.saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
      client.leave();
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void saysCloseOnAResponseThatWasAskedForBeforeTheDrain() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/slow");
      await().until(() -> server.waiting.size() == 1);
      server.lifecycle.drain("test");
      server.waiting.remove().answer();
      assertThat(client.answer().saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void saysCloseOnTheLastOfThePipelinedRequestsOnly() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow") + get("/second") + get("/third"));
      await().until(() -> server.waiting.size() == 1);
      server.lifecycle.drain("test");
      server.waiting.remove().answer();
      assertThat(client.answer().saysClose()).isFalse();
      assertThat(client.answer().saysClose()).isFalse();
      Answer last = client.answer();
      assertThat(last.body()).isEqualTo("/third");
      assertThat(last.saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void doesNotBeginWhatComesAfterTheClosingResponse() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      server.lifecycle.drain("test");
      client.get("/stream");
      await().until(() -> server.waiting.size() == 1);
      client.get("/too-late");
      client.get("/too-late");
      server.waiting.remove().ctx().writeAndFlush(last());
      Answer answer = client.answer();
      assertThat(answer.saysClose()).isTrue();
      assertThat(client.rest()).endsWith("0\r\n\r\n");
      assertThat(server.seen).containsExactly("GET /stream");
    }
  }

  @Test
  void doesNotBeginWhatComesAfterTheRequestsThatWereTheLast() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow1") + get("/slow2"));
      await().until(() -> server.waiting.size() == 1);
      server.lifecycle.drain("test");
      server.waiting.remove().answer();
      assertThat(client.answer().saysClose()).isFalse();
      await().until(() -> server.waiting.size() == 1);
      client.send(get("/too-late"));
      // Its bytes are there, and the loop has looked, before the second answer is given.
      server.passLoops();
      server.waiting.remove().answer();
      Answer second = client.answer();
      assertThat(second.body()).isEqualTo("/slow2");
      assertThat(second.saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
      assertThat(server.seen).containsExactly("GET /slow1", "GET /slow2");
    }
  }

  @Test
  void leavesAConnectionThatCouldNotSayCloseOpenUntilItIsIdle() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/stream");
      assertThat(client.answer().saysClose()).isFalse();
      server.lifecycle.drain("test");
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      server.waiting.remove().ctx().writeAndFlush(last());
      client.socket.getInputStream().readNBytes("4\r\npart\r\n0\r\n\r\n".length());
      awaitCount(server, 0);
      assertThat(server.drain.closeIdle(Duration.ofMinutes(1))).isZero();
      assertThat(server.drain.open()).isEqualTo(1);
      await().until(() -> server.drain.closeIdle(Duration.ofMillis(10)) == 1);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void servesAClientThatReusesAConnectionWhichCouldNotSayClose() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/stream");
      client.answer();
      server.lifecycle.drain("test");
      server.waiting.remove().ctx().writeAndFlush(last());
      client.socket.getInputStream().readNBytes("4\r\npart\r\n0\r\n\r\n".length());
      Answer next = client.get("/next").answer();
      assertThat(next.body()).isEqualTo("/next");
      assertThat(next.saysClose()).isTrue();
    }
  }

  @Test
  void keepsAResponseInFlightUntilTheClientHasTakenIt() throws Exception {
    try (var server = new TestServer();
        var client = new Client(server.port(), 8 << 10)) {
      client.get("/big");
      assertThat(client.answer(false).head()).contains("8388608");
      server.lifecycle.drain("test");
      assertThat(server.lifecycle.inFlight().awaitEmpty(Duration.ofMillis(300))).isFalse();
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      assertThat(client.socket.getInputStream().readNBytes(8 << 20)).hasSize(8 << 20);
      awaitCount(server, 0);
    }
  }

  @Test
  void refusesARequestOnceTheGateIsClosedAndStillAnswersProbes() throws Exception {
    try (var server = new TestServer();
        var client = server.client();
        var prober = server.client();
        var uploader = server.client()) {
      client.get("/served").answer();
      server.lifecycle.drain("test");
      assertThat(server.lifecycle.inFlight().awaitEmpty(Duration.ofSeconds(10))).isTrue();
      assertThat(server.lifecycle.inFlight().tryClose()).isTrue();

      assertThat(prober.get("/ready").answer().status()).isEqualTo(200);

      uploader.send("POST /refused HTTP/1.1\r\nHost: shop\r\nContent-Length: 100000\r\n\r\n");
      uploader.send("x".repeat(50_000));
      Answer refusal = uploader.answer();
      assertThat(refusal.status()).isEqualTo(503);
      assertThat(refusal.saysClose()).isTrue();
      assertThat(refusal.head()).containsIgnoringCase("\r\nretry-after: 1\r\n");
      assertThat(uploader.rest()).isEmpty();
      assertThat(server.seen).containsExactly("GET /served");
      assertThat(server.lifecycle.inFlight().refused()).isEqualTo(1);
    }
  }

  @Test
  void doesNotCountProbes() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/ready").answer();
      client.get("/ready/db?verbose").answer();
      client.get("/%72eady").answer();
      assertThat(server.lifecycle.inFlight().begun()).isZero();
      client.get("/readying").answer();
      assertThat(server.lifecycle.inFlight().begun()).isEqualTo(1);
    }
  }

  @Test
  void endsTheCountWhenTheClientGoesInTheMiddleOfItsRequest() throws Exception {
    try (var server = new TestServer()) {
      Client client = server.client();
      client.send("POST /echo HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\nhalf");
      awaitCount(server, 1);
      client.leave();
      awaitCount(server, 0);
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void endsTheCountWhenTheClientGoesWhileItsAnswerIsMade() throws Exception {
    try (var server = new TestServer()) {
      Client client = server.client();
      client.get("/slow");
      awaitCount(server, 1);
      client.reset();
      awaitCount(server, 0);
      server.waiting.remove().answer();
    }
  }

  @Test
  void releasesHeldRequestsWhenTheConnectionGoes() throws Exception {
    try (var server = new TestServer()) {
      Client client = server.client();
      client.send(
          get("/slow") + "POST /held HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\nbody");
      await().until(() -> server.waiting.size() == 1);
      // Nobody reads while requests are held, so the end comes from this side: an abort.
      server.waiting.remove().ctx().close();
      assertThatEnds(client);
      awaitCount(server, 0);
      assertThat(server.seen).containsExactly("GET /slow");
      client.leave();
    }
  }

  @Test
  void answersHeadWithTheLengthAndWithoutTheBody() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send("HEAD /ready HTTP/1.1\r\nHost: shop\r\n\r\n");
      Answer head = client.answer(false);
      assertThat(head.head()).containsIgnoringCase("\r\ncontent-length: 16\r\n");
      assertThat(client.get("/next").answer().body()).isEqualTo("/next");
      client.send("HEAD /unsized HTTP/1.1\r\nHost: shop\r\n\r\n");
      assertThat(client.answer(false).saysClose()).isFalse();
      assertThat(client.get("/empty").answer(false).saysClose()).isFalse();
      assertThat(client.get("/last").answer().body()).isEqualTo("/last");
    }
  }

  @Test
  void takesA100AsNoAnswerYet() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(
          "POST /continue HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\n"
              + "Content-Length: 5\r\n\r\n");
      assertThat(client.answer(false).status()).isEqualTo(100);
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      Answer answer = client.send("hello").answer();
      assertThat(answer.body()).isEqualTo("received 5");
      assertThat(answer.saysClose()).isFalse();
      awaitCount(server, 0);
    }
  }

  @Test
  void closesWhereAnExpectedBodyMayComeOrNot() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(
          "POST /early HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\n"
              + "Content-Length: 5\r\n\r\n");
      assertThat(client.answer().saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void countsAChunkedUploadUntilItIsAnswered() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send("POST /echo HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n");
      client.send("5\r\nhello\r\n");
      awaitCount(server, 1);
      server.lifecycle.drain("test");
      client.send("6\r\n world\r\n0\r\n\r\n");
      Answer answer = client.answer();
      assertThat(answer.body()).isEqualTo("received 11");
      assertThat(answer.saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void deliversAnEarlyAnswerToAClientThatIsStillUploading() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      server.lifecycle.drain("test");
      client.send("POST /early HTTP/1.1\r\nHost: shop\r\nContent-Length: 4000000\r\n\r\n");
      client.send("x".repeat(1_000_000));
      Answer answer = client.answer();
      assertThat(answer.body()).isEqualTo("/early");
      assertThat(answer.saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void servesTheNextRequestBehindABodyThatWasAnsweredEarly() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send("POST /early HTTP/1.1\r\nHost: shop\r\nContent-Length: 4\r\n\r\n");
      assertThat(client.answer().saysClose()).isFalse();
      client.send("body" + get("/next"));
      assertThat(client.answer().body()).isEqualTo("/next");
    }
  }

  @Test
  void closesBehindAClientThatAskedForIt() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/first") + "GET /last HTTP/1.1\r\nConnection: close\r\n\r\n" + get("/no"));
      assertThat(client.answer().saysClose()).isFalse();
      assertThat(client.answer().saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
      assertThat(server.seen).containsExactly("GET /first", "GET /last");
    }
  }

  @Test
  void closesBehindAClientOfHttp10() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      assertThat(client.send("GET /x HTTP/1.0\r\n\r\n").answer().saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void keepsAClientOfHttp10ThatAsksForIt() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      for (int i = 0; i < 2; i++) {
        Answer answer = client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer();
        assertThat(answer.head()).containsIgnoringCase("\r\nconnection: keep-alive\r\n");
      }
    }
  }

  @Test
  void closesBehindAResponseThatOnlyTheEndOfTheStreamDelimits() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      assertThat(client.get("/unsized").answer(false).saysClose()).isTrue();
      assertThat(client.rest()).isEqualTo("unsized");
    }
  }

  @Test
  void endsInStagesWhenTheApplicationClosesBehindItsResponse() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.send(get("/slow") + get("/closing"));
      await().until(() -> server.waiting.size() == 1);
      client.send("GET /" + "x".repeat(200_000));
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow");
      assertThat(client.answer().body()).isEqualTo("/closing");
      assertThat(client.rest()).isEmpty();
      // The server has ended its side and not its ear: after a plain close() this would break.
      server.passLoops();
      client.send("more");
    }
  }

  @Test
  void worksWithNettysKeepAliveHandlerAndAnAggregatorBesideIt() throws Exception {
    for (boolean inFront : new boolean[] {true, false}) {
      try (var server =
              new TestServer(
                  List::of,
                  () -> inFront ? List.of(new HttpServerKeepAliveHandler()) : List.of(),
                  () ->
                      inFront
                          ? List.of(new HttpObjectAggregator(100))
                          : List.of(
                              new HttpServerKeepAliveHandler(), new HttpObjectAggregator(100)));
          var client = server.client()) {
        assertThat(client.send(post("/echo", 50)).answer().body()).isEqualTo("received 50");
        client.send(get("/slow") + post("/echo", 7));
        await().until(() -> server.waiting.size() == 1);
        server.waiting.remove().answer();
        assertThat(client.answer().body()).isEqualTo("/slow");
        assertThat(client.answer().body()).isEqualTo("received 7");
        server.lifecycle.drain("test");
        assertThat(client.send(post("/echo", 8)).answer().saysClose()).isTrue();
        assertThat(client.rest()).isEmpty();
        awaitCount(server, 0);
      }
    }
  }

  @Test
  void goesOnAfterAnAggregatorRefusedAnExpectedBody() throws Exception {
    try (var server =
            new TestServer(List::of, List::of, () -> List.of(new HttpObjectAggregator(100)));
        var client = server.client()) {
      client.send(
          "POST /echo HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\n"
              + "Content-Length: 1000\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(413);
      awaitCount(server, 0);
      assertThatEnds(client);
    }
  }

  @Test
  void leavesAConnectionAloneThatHasLeftHttp() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      server.lifecycle.drain("test");
      Answer answer = client.get("/upgrade").answer(false);
      assertThat(answer.status()).isEqualTo(101);
      assertThat(answer.saysClose()).isFalse();
      awaitCount(server, 0);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      assertThat(server.drain.open()).isEqualTo(1);
    }
  }

  @Test
  void answersAClientThatHasEndedItsSide() throws Exception {
    Supplier<List<ChannelHandler>> halfClosure =
        () ->
            List.of(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void handlerAdded(ChannelHandlerContext ctx) {
                    ctx.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
                  }
                });
    try (var server = new TestServer(halfClosure, List::of, List::of);
        var client = server.client();
        var idle = server.client()) {
      idle.get("/x").answer();
      client.get("/slow");
      await().until(() -> server.waiting.size() == 1);
      client.socket.shutdownOutput();
      idle.socket.shutdownOutput();
      assertThat(idle.rest()).isEmpty();
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow");
      assertThat(client.rest()).isEmpty();
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void survivesALongTargetAndControlCharacters() throws Exception {
    try (var server = new TestServer()) {
      for (String target :
          List.of("/ready?" + "q".repeat(10_000), "/re\u0001ady", "/ready?a=\u0007", "/x\u0000")) {
        try (var client = server.client()) {
          Answer answer = client.get(target).answer();
          assertThat(answer.status()).isLessThan(500);
          assertThat(answer.head()).doesNotContain("qqq").doesNotContain("\u0007");
        }
      }
      awaitCount(server, 0);
    }
  }

  @Test
  void refusesAPipelineWithoutACodecBeforeIt() {
    var channel = new EmbeddedChannel();
    channel.pipeline().addLast(NettyDrain.of(new Lifecycle()).connectionHandler());
    assertThatThrownBy(channel::checkException)
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasStackTraceContaining("no HttpServerCodec");
    channel.close();
  }

  private static String get(String target) {
    return "GET " + target + " HTTP/1.1\r\nHost: shop\r\n\r\n";
  }

  private static String post(String target, int bytes) {
    return "POST "
        + target
        + " HTTP/1.1\r\nContent-Length: "
        + bytes
        + "\r\n\r\n"
        + "x".repeat(bytes);
  }

  private static Object last() {
    return LastHttpContent.EMPTY_LAST_CONTENT;
  }

  private static void awaitCount(TestServer server, int count) {
    await().untilAsserted(() -> assertThat(server.lifecycle.inFlight().count()).isEqualTo(count));
  }

  private static void assertThatEnds(Client client) {
    try {
      assertThat(client.rest()).isEmpty();
    } catch (IOException reset) {
      assertThat(reset).hasMessageContaining("reset");
    }
  }
}
