package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.http.EndpointResponse;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who waits to be told of a change: /ready?wait. */
@Timeout(60)
class DelayedAnswerTest {
  private static final EndpointResponse LATER = EndpointResponse.of(503, "text/plain", "later");
  private static final EndpointResponse UNCHANGED =
      new EndpointResponse(304, List.of(), new byte[0]);

  private static CompletableFuture<EndpointResponse> poll(
      Queue<CompletableFuture<EndpointResponse>> polls) {
    await().until(() -> !polls.isEmpty());
    return polls.remove();
  }

  @Test
  void theNextRequestOfTheConnectionIsNotAnsweredBeforeIt() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/ready?wait").get("/second").get("/ready/third");
      CompletableFuture<EndpointResponse> poll = poll(server.polls);
      server.passLoops();
      assertThat(server.seen).isEmpty();
      assertThat(server.lifecycle.inFlight().count()).isZero();

      long start = System.nanoTime();
      poll.complete(LATER);

      Client.Answer first = client.answer();
      System.out.printf("told after %d ms%n", (System.nanoTime() - start) / 1_000_000);
      assertThat(first.status()).isEqualTo(503);
      assertThat(first.body()).isEqualTo("later");
      assertThat(client.answer().body()).isEqualTo("/second");
      assertThat(client.answer().body()).isEqualTo("GET /ready/third null");
    }
  }

  @Test
  void a304HasNoLengthAndTheConnectionGoesOn() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/ready?wait");
      poll(server.polls).complete(UNCHANGED);
      assertThat(client.answer().head())
          .startsWith("HTTP/1.1 304 ")
          .doesNotContainIgnoringCase("content-length")
          .doesNotContainIgnoringCase("transfer-encoding");
      client.send("HEAD /ready?wait HTTP/1.1\r\nHost: zdd\r\n\r\n");
      poll(server.polls).complete(LATER);
      assertThat(client.answer(false).head()).contains("\r\ncontent-length: 5\r\n");
      client.get("/ready?wait");
      poll(server.polls).completeExceptionally(new IllegalStateException("on purpose"));
      assertThat(client.answer().status()).isEqualTo(503);
      assertThat(client.get("/after").answer().body()).isEqualTo("/after");
    }
  }

  @Test
  void isTheLastOfItsConnectionInADrain() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/ready?wait");
      CompletableFuture<EndpointResponse> poll = poll(server.polls);
      server.lifecycle.drain("test");
      server.drain.announce();
      poll.complete(LATER);
      assertThat(client.answer().saysClose()).isTrue();
      server.drain.unbind();
      client.close();
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void isForgottenWhenTheClientGoes() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/ready?wait");
      CompletableFuture<EndpointResponse> poll = poll(server.polls);
      client.close();
      await().until(poll::isCancelled);
    }
  }

  @Test
  void streamsOfOneHttp2ConnectionWaitEachForItself() throws Exception {
    try (var server = TestServer.cleartext();
        var client = new Http2Client(server.port())) {
      client.get(1, "/ready?wait").get(3, "/ready?wait").get(5, "/other");
      assertThat(client.next()).isEqualTo("HEADERS 5 200");
      assertThat(client.next()).isEqualTo("DATA 5 /other end");
      client.reset(1);
      await().until(() -> server.polls.size() == 2);
      await().until(server.polls.remove()::isCancelled);
      server.polls.remove().complete(LATER);
      assertThat(client.next()).isEqualTo("HEADERS 3 503");
      assertThat(client.next()).isEqualTo("DATA 3 later end");
    }
  }

  @Test
  void withoutADrainTheNextRequestEndsTheWaiting() {
    Queue<CompletableFuture<EndpointResponse>> polls = new ConcurrentLinkedQueue<>();
    var channel = new EmbeddedChannel(EndpointHandler.of(new TestServer.Ready(polls), "/ready"));
    channel.writeInbound(get("/ready?wait"), LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(channel.<Object>readOutbound()).isNull();
    channel.writeInbound(get("/ready/next"), LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(body(channel.readOutbound())).isEqualTo("GET /ready wait");
    assertThat(body(channel.readOutbound())).isEqualTo("GET /ready/next null");
    assertThat(polls.remove().isCancelled()).isTrue();
    assertThat(channel.<Object>readOutbound()).isNull();
  }

  private static DefaultHttpRequest get(String target) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, target);
  }

  private static String body(FullHttpResponse response) {
    return response.content().toString(StandardCharsets.UTF_8);
  }
}
