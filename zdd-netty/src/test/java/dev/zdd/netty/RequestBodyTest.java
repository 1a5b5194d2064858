package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An endpoint that wants a request's body, in a pipeline with a drain and without. */
@Timeout(60)
class RequestBodyTest {
  private static final ChannelHandler ECHO = EndpointHandler.of(new BodyEcho(), "/form");

  private static String post(String headers, String body) {
    return "POST /form HTTP/1.1\r\nHost: zdd\r\n" + headers + "\r\n" + body;
  }

  private static TestServer withDrain() throws InterruptedException {
    return TestServer.with((server, pipeline) ->
        pipeline.addLast(new HttpServerCodec(), server.drain.connectionHandler(), ECHO));
  }

  @Test
  void getsABodyUpToItsBoundHoweverItComesAndTheConnectionGoesOn() throws Exception {
    try (TestServer server = withDrain();
        Client client = server.client()) {
      client.send(post("Content-Length: 10\r\n", "a=1234&b=5"));
      assertThat(client.answer().body()).isEqualTo("POST a=1234&b=5");
      client.send(post("Transfer-Encoding: chunked\r\n", "2\r\na=\r\n3\r\n123\r\n0\r\n\r\n"));
      assertThat(client.answer().body()).isEqualTo("POST a=123");
      client.send(post("Content-Length: 11\r\n", "12345678901"));
      Client.Answer tooLong = client.answer();
      assertThat(tooLong.status()).isEqualTo(413);
      assertThat(tooLong.body()).isEqualTo("too long");
      assertThat(client.get("/form").answer().body()).isEqualTo("GET without a body");
      client.send(post("Content-Type: none\r\nContent-Length: 3\r\n", "abc"));
      assertThat(client.answer().body()).isEqualTo("POST without a body");
    }
  }

  @Test
  void whatIsPipelinedBehindItWaitsForItsAnswer() throws Exception {
    try (TestServer server = withDrain();
        Client client = server.client()) {
      client.send(post("Content-Length: 3\r\n", "a=1") + post("Content-Length: 3\r\n", "b=2"));
      client.get("/form");
      assertThat(client.answer().body()).isEqualTo("POST a=1");
      assertThat(client.answer().body()).isEqualTo("POST b=2");
      assertThat(client.answer().body()).isEqualTo("GET without a body");
    }
  }

  @Test
  void whoAsksBeforeItSendsTheBodyIsToldToGoOn() throws Exception {
    try (TestServer server = withDrain();
        Client client = server.client()) {
      client.send(post("Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
      assertThat(client.answer(false).status()).isEqualTo(100);
      assertThat(client.send("a=1").answer().body()).isEqualTo("POST a=1");
      assertThat(client.get("/form").answer().body()).isEqualTo("GET without a body");
    }
  }

  @Test
  void aBodyWithoutAnEndThatCanBeMadeOutIsRefusedAndTheConnectionClosed() throws Exception {
    try (TestServer server = withDrain();
        Client client = server.client()) {
      client.send(post("Transfer-Encoding: chunked\r\n", "xyz\r\n"));
      Client.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.saysClose()).isTrue();
      assertThat(client.rest()).isEmpty();
    }
  }

  /** Answers when the test says so, and counts what it was asked. */
  private static final class Held implements Endpoint {
    final CompletableFuture<EndpointResponse> answer = new CompletableFuture<>();
    int bodies;
    int asked;

    @Override
    public EndpointResponse handle(EndpointRequest request) {
      asked++;
      return EndpointResponse.of(200, "text/plain", "handled");
    }

    @Override
    public @Nullable BodyReader bodyReader(EndpointRequest request) {
      return new BodyReader() {
        @Override
        public int maxBytes() {
          return 10;
        }

        @Override
        public CompletableFuture<EndpointResponse> answer(byte[] body) {
          bodies++;
          return answer;
        }

        @Override
        public EndpointResponse tooLong() {
          return EndpointResponse.of(413, "text/plain", "");
        }
      };
    }
  }

  /** What was begun by a body is not begun again, as a poll is answered again, for the next one. */
  @Test
  void withoutADrainTheAnswerIsTheLastIfMoreIsPipelinedBehindIt() {
    Held held = new Held();
    var channel = new EmbeddedChannel(EndpointHandler.of(held, "/form"));
    channel.writeInbound(request(HttpMethod.POST, "/form"), last("a=1"));
    HttpContent dropped = last("b=2");
    channel.writeInbound(request(HttpMethod.POST, "/form"), dropped);
    channel.writeInbound(request(HttpMethod.GET, "/other"), LastHttpContent.EMPTY_LAST_CONTENT);
    assertThat(channel.<Object>readOutbound()).isNull();

    held.answer.complete(EndpointResponse.of(200, "text/plain", "done"));

    FullHttpResponse answer = channel.readOutbound();
    assertThat(answer.content().toString(StandardCharsets.UTF_8)).isEqualTo("done");
    assertThat(answer.headers().get("Connection")).isEqualTo("close");
    assertThat(channel.isOpen()).isFalse();
    assertThat(channel.inboundMessages()).isEmpty();
    assertThat(dropped.refCnt()).isZero();
    assertThat(List.of(held.bodies, held.asked)).containsExactly(1, 0);
  }

  @Test
  void takesAWholeRequestFromAnAggregatorAndKeepsNoBuffer() {
    Held held = new Held();
    var channel = new EmbeddedChannel(EndpointHandler.of(held, "/form"));
    ByteBuf body = Unpooled.copiedBuffer("a=1", StandardCharsets.US_ASCII);
    channel.writeInbound(
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/form", body));
    assertThat(body.refCnt()).isZero();
    assertThat(held.bodies).isEqualTo(1);
    HttpContent half = new DefaultHttpContent(Unpooled.copyInt(1));
    var gone = new EmbeddedChannel(EndpointHandler.of(held, "/form"));
    gone.writeInbound(request(HttpMethod.POST, "/form"), half);
    gone.close();
    assertThat(half.refCnt()).isZero();
    assertThat(held.bodies).isEqualTo(1);
  }

  private static DefaultHttpRequest request(HttpMethod method, String target) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, target);
  }

  private static HttpContent last(String text) {
    return new DefaultLastHttpContent(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }
}
