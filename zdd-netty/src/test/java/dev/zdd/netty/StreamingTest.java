package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.LongLived;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamingTest {
  private static final String GOODBYE = ": going away\nretry: 1000\n\n";

  /** Answers every request with a stream of events, which ends when the server goes. */
  private static final class Events extends SimpleChannelInboundHandler<HttpObject> {
    private final LongLived longLived;
    private LongLived.@Nullable Registration open;

    Events(LongLived longLived) {
      this.longLived = longLived;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject msg) {
      if (msg instanceof HttpRequest) {
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream");
        HttpUtil.setTransferEncodingChunked(head, true);
        ctx.write(head);
        ctx.writeAndFlush(
            new DefaultHttpContent(
                Unpooled.copiedBuffer("data: first\n\n", StandardCharsets.UTF_8)));
        open = longLived.open(() -> ctx.executor().execute(() -> end(ctx)));
      }
    }

    private static void end(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(
          new DefaultLastHttpContent(Unpooled.copiedBuffer(GOODBYE, StandardCharsets.UTF_8)));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (open != null) {
        open.close();
      }
    }
  }

  private static void sayGoodbyes(TestServer server) {
    server.lifecycle.longLived().leave().forEach(Runnable::run);
  }

  @Test
  void aStreamOfEventsEndsWithItsGoodbye() throws Exception {
    try (var server =
            TestServer.with((shop, pipeline) ->
                pipeline.addLast(
                    new HttpServerCodec(),
                    shop.drain.connectionHandler(),
                    new Events(shop.lifecycle.longLived())));
        var client = server.client()) {
      assertThat(client.get("/events").answer(false).saysClose()).isFalse();
      assertThat(client.line()).isEqualTo("d");
      assertThat(client.line()).isEqualTo("data: first");
      server.lifecycle.drain("test");
      server.drain.announce();
      server.drain.unbind();
      server.passLoops();
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      sayGoodbyes(server);
      assertThat(client.line() + client.line()).isEmpty(); // of the first event
      assertThat(client.line()).isEqualTo(Integer.toHexString(GOODBYE.length()));
      assertThat(client.line()).isEqualTo(": going away");
      assertThat(client.line()).isEqualTo("retry: 1000");
      assertThat(client.line() + client.line()).isEmpty();
      assertThat(client.line()).isEqualTo("0");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      client.leave();
      await().until(() -> server.lifecycle.longLived().count() == 0);
    }
  }

  @Test
  void aStreamOfEventsOverHttp2EndsWithItsGoodbye() throws Exception {
    try (var server =
            TestServer.with((shop, pipeline) ->
                pipeline.addLast(
                    Http2FrameCodecBuilder.forServer().build(),
                    shop.drain.http2ConnectionHandler(),
                    new Http2MultiplexHandler(
                        new ChannelInitializer<>() {
                          @Override
                          protected void initChannel(Channel stream) {
                            stream
                                .pipeline()
                                .addLast(
                                    new Http2StreamFrameToHttpObjectCodec(true),
                                    new Events(shop.lifecycle.longLived()));
                          }
                        })));
        var client = new Http2Client(server.port())) {
      client.get(1, "/events");
      assertThat(client.next()).isEqualTo("HEADERS 1 200");
      assertThat(client.next()).isEqualTo("DATA 1 data: first\n\n");
      server.lifecycle.drain("test");
      server.drain.announce();
      assertThat(client.next()).startsWith("GOAWAY");
      assertThat(client.next()).isEqualTo("PING");
      client.pong();
      assertThat(client.next()).isEqualTo("GOAWAY 1 0");
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(1);
      sayGoodbyes(server);
      assertThat(client.next()).isEqualTo("DATA 1 " + GOODBYE + " end");
      assertThat(client.next()).isEqualTo("EOF");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void anUploadAndADownloadRunToTheirOwnEnd() throws Exception {
    try (var server = TestServer.cleartext();
        var upload = server.client();
        var download = server.client();
        var young = new Http2Client(server.port())) {
      upload.send("POST /echo HTTP/1.1\r\nContent-Length: 6\r\n\r\nabc");
      assertThat(download.get("/stream").answer(false).saysClose()).isFalse();
      young.head(1, "POST", "/echo", false).data(1, "abcd", false);
      await().until(() -> server.lifecycle.inFlight().count() == 3);
      server.lifecycle.drain("test");
      server.drain.announce();
      server.drain.unbind();
      sayGoodbyes(server);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      assertThat(server.lifecycle.inFlight().count()).isEqualTo(3);
      server.waiting.remove().end();
      assertThat(download.line() + download.line() + download.line()).isEqualTo("4part0");
      upload.send("def");
      assertThat(upload.answer().body()).isEqualTo("received 6");
      young.data(1, "ef", true);
      assertThat(young.next()).startsWith("GOAWAY");
      assertThat(young.next()).isEqualTo("PING");
      // The last GOAWAY comes before the response, between its frames, or after them.
      assertThat(young.next() + young.next() + young.next())
          .contains("HEADERS 1 200")
          .contains("DATA 1 received 6 end");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
    }
  }
}
