package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.RequestContext;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestContextHandlerTest {
  private final RequestContextHandler handler =
      RequestContextHandler.of(request -> RequestContext.of(request.uri().substring(1)));

  private final Look look = new Look();
  private final EmbeddedChannel channel = new EmbeddedChannel(handler, look);

  /** Notes what happens, and for whom. */
  private static final class Look extends ChannelInboundHandlerAdapter {
    final List<String> seen = new ArrayList<>();

    private void note(String what) {
      seen.add(what + " " + bound());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      note(
          msg instanceof HttpRequest
              ? "head"
              : msg instanceof LastHttpContent ? "last" : msg instanceof String ? "text" : "part");
      ReferenceCountUtil.release(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      note("complete");
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      note("event");
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      note("writability");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      note("exception");
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      note("inactive");
    }

    List<String> drain() {
      List<String> drained = List.copyOf(seen);
      seen.clear();
      return drained;
    }
  }

  /** Answers with whom it works for; /slow… when the test says so. */
  private static final class Application extends ChannelInboundHandlerAdapter {
    final Queue<Channel> waiting;
    private String answer = "";
    private String uri = "";

    Application(Queue<Channel> waiting) {
      this.waiting = waiting;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (msg instanceof HttpRequest request) {
        answer = bound();
        uri = request.uri();
      }
      if (msg instanceof LastHttpContent) {
        answer += " " + bound();
        if (uri.startsWith("/slow")) {
          waiting.add(ctx.channel());
        } else {
          ctx.writeAndFlush(TestServer.ok(answer));
        }
      }
      ReferenceCountUtil.release(msg);
    }
  }

  private static @Nullable String bound() {
    RequestContext context = RequestContext.current();
    return context == null ? null : context.id();
  }

  private @Nullable String present() {
    RequestContext context = RequestContextHandler.of(channel);
    return context == null ? null : context.id();
  }

  private static HttpRequest head(String user) {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/" + user);
  }

  private static Object last() {
    return LastHttpContent.EMPTY_LAST_CONTENT;
  }

  private static Object response(HttpResponseStatus status) {
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, status);
  }

  private static Object whole(HttpResponseStatus status) {
    return new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status);
  }

  @Test
  void isBoundToAllThatHappensFromTheHeadUntilTheResponseIsWritten() {
    channel.pipeline().fireUserEventTriggered("before");
    channel.writeInbound(head("alice"), new DefaultHttpContent(Unpooled.copyInt(1)));
    channel.writeInbound(last());
    channel.pipeline().fireUserEventTriggered("now");
    channel.pipeline().fireChannelWritabilityChanged();
    channel.pipeline().fireExceptionCaught(new IllegalStateException("on purpose"));
    assertThat(look.drain())
        .containsExactly(
            "event null",
            "head alice",
            "part alice",
            "complete alice",
            "last alice",
            "complete alice",
            "event alice",
            "writability alice",
            "exception alice");
    assertThat(bound()).isNull();

    channel.writeOutbound(response(HttpResponseStatus.OK));
    assertThat(present()).isEqualTo("alice");
    channel.writeOutbound(last());
    assertThat(present()).isNull();
    channel.pipeline().fireUserEventTriggered("after");
    assertThat(look.drain()).containsExactly("event null");
  }

  @Test
  void theEndOfAChannelIsSeenByWhomItCutsShortAndLeavesNobody() {
    channel.writeInbound(head("alice"));
    look.drain();
    channel.close();
    assertThat(look.drain()).containsExactly("inactive alice");
    assertThat(present()).isNull();
  }

  @Test
  void aBodyThatComesBehindItsResponseIsStillOfItsRequest() {
    channel.writeInbound(head("alice"));
    channel.writeOutbound(whole(HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE));
    channel.writeInbound(new DefaultHttpContent(Unpooled.copyInt(1)), last());
    assertThat(look.drain())
        .containsExactly(
            "head alice", "complete alice", "part alice", "last alice", "complete null");
  }

  @Test
  void anInterimResponseIsNotTheEnd() {
    channel.writeInbound(head("alice"), last());
    channel.writeOutbound(whole(HttpResponseStatus.CONTINUE));
    channel.writeOutbound(response(HttpResponseStatus.EARLY_HINTS), last());
    assertThat(present()).isEqualTo("alice");
    channel.writeOutbound(whole(HttpResponseStatus.OK));
    assertThat(present()).isNull();
  }

  @Test
  void aWebSocketHasTheContextOfTheRequestThatOpenedItUntilItCloses() {
    channel.writeInbound(head("alice"), last());
    channel.writeOutbound(whole(HttpResponseStatus.SWITCHING_PROTOCOLS));
    channel.writeOutbound(new TextWebSocketFrame("hello"));
    look.drain();
    channel.writeInbound("frame");
    assertThat(look.drain()).containsExactly("text alice", "complete alice");
    channel.close();
    assertThat(present()).isNull();
  }

  @Test
  void withoutADrainTheLatestOfPipelinedRequestsStaysUntilAllAreAnswered() {
    channel.writeInbound(head("alice"), last(), head("bob"), last());
    assertThat(look.drain())
        .containsExactly("head alice", "last alice", "head bob", "last bob", "complete bob");
    channel.writeOutbound(whole(HttpResponseStatus.OK));
    assertThat(present()).isEqualTo("bob");
    channel.writeOutbound(whole(HttpResponseStatus.OK));
    assertThat(present()).isNull();
  }

  @Test
  void aResponseThatNobodyAskedForIsNotCounted() {
    channel.writeOutbound(whole(HttpResponseStatus.REQUEST_TIMEOUT));
    channel.writeInbound(head("alice"), last());
    assertThat(present()).isEqualTo("alice");
    channel.writeOutbound(whole(HttpResponseStatus.OK));
    assertThat(present()).isNull();
  }

  @Test
  void aWholeRequestIsHeadAndEndInOne() {
    channel.writeInbound(
        new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/alice"));
    assertThat(look.drain()).containsExactly("head alice", "complete alice");
    channel.writeOutbound(whole(HttpResponseStatus.OK));
    assertThat(present()).isNull();
  }

  @Test
  void aRequestWhoseContextCannotBeMadeIsOfNobodyKnown() {
    RequestContextHandler broken =
        RequestContextHandler.of(request -> {
          throw new IllegalStateException("broken on purpose");
        });
    Look behind = new Look();
    EmbeddedChannel channel = new EmbeddedChannel(broken, behind);
    channel.writeInbound(head("alice"), last());
    assertThat(behind.drain()).containsExactly("head null", "last null", "complete null");
    assertThat(RequestContextHandler.of(channel)).isNotNull();
  }

  @Test
  void refusesASecondOneInAChannelAndLeavesTheFirst() {
    RequestContextHandler second = RequestContextHandler.of(request -> RequestContext.of("other"));
    EmbeddedChannel channel = new EmbeddedChannel(handler);
    channel.pipeline().addLast(second);
    assertThatThrownBy(channel::checkException)
        .hasRootCauseInstanceOf(IllegalStateException.class)
        .hasStackTraceContaining("a second RequestContextHandler in [");
    channel.writeInbound(head("alice"));
    assertThat(RequestContextHandler.of(channel)).extracting(RequestContext::id).isEqualTo("alice");
  }

  @Test
  void takesTheContextWithItWhenItIsRemoved() {
    channel.writeInbound(head("alice"));
    channel.pipeline().remove(handler);
    assertThat(RequestContextHandler.of(channel)).isNull();
    channel.pipeline().addFirst(handler);
    channel.writeInbound(head("bob"));
    assertThat(present()).isEqualTo("bob");
  }

  @Test
  void mayBeRemovedWhileTheChannelEnds() {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            handler,
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelInactive(ChannelHandlerContext ctx) {
                ctx.pipeline().remove(handler);
              }
            });
    channel.writeInbound(head("alice"));
    channel.close();
    channel.checkException();
    assertThat(RequestContextHandler.of(channel)).isNull();
  }

  // ---- on real connections ----

  private final Queue<Channel> waiting = new ConcurrentLinkedQueue<>();

  private TestServer http1(Supplier<List<ChannelHandler>> between) throws InterruptedException {
    return TestServer.with((server, pipeline) -> {
      pipeline.addLast(new HttpServerCodec(), server.drain.connectionHandler());
      between.get().forEach(pipeline::addLast);
      pipeline.addLast(handler, new Application(waiting));
    });
  }

  @Test
  void eachRequestOfAConnectionHasItsOwnAlsoWhenTheyArePipelined() throws Exception {
    try (TestServer server = http1(List::of);
        Client client = server.client()) {
      for (String user : List.of("alice", "bob")) {
        assertThat(client.get("/" + user).answer().body()).isEqualTo(user + " " + user);
      }
      client.send(
          "GET /slow HTTP/1.1\r\nHost: shop\r\n\r\nGET /carol HTTP/1.1\r\nHost: shop\r\n\r\n"
              + "POST /dave HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
      await().until(() -> !waiting.isEmpty());
      Channel slow = waiting.remove();
      assertThat(RequestContextHandler.of(slow)).extracting(RequestContext::id).isEqualTo("slow");
      slow.writeAndFlush(TestServer.ok("answered elsewhere"));
      assertThat(client.answer().body()).isEqualTo("answered elsewhere");
      assertThat(client.answer().body()).isEqualTo("carol carol");
      assertThat(client.answer().body()).isEqualTo("dave dave");
      await().until(() -> RequestContextHandler.of(slow) == null);
      for (var worker : server.workers) {
        assertThat(worker.submit(RequestContextHandlerTest::bound).get()).isNull();
      }
    }
  }

  @Test
  void anAggregatorMayStandBeforeIt() throws Exception {
    try (TestServer server = http1(() -> List.of(new HttpObjectAggregator(100)));
        Client client = server.client()) {
      client.send("POST /alice HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(client.answer().body()).isEqualTo("alice alice");
    }
  }

  @Test
  void eachStreamOfAnHttp2ConnectionHasItsOwn() throws Exception {
    try (TestServer server = TestServer.with(this::http2);
        Http2Client client = new Http2Client(server.port())) {
      client.head(1, "POST", "/slow-1", false).get(3, "/slow-3").get(5, "/alice");
      assertThat(client.next()).isEqualTo("HEADERS 5 200");
      assertThat(client.next()).isEqualTo("DATA 5 alice alice end");
      client.data(1, "end", true);
      await().until(() -> waiting.size() == 2);
      Channel third = waiting.remove();
      Channel first = waiting.remove();
      assertThat(RequestContextHandler.of(third))
          .extracting(RequestContext::id)
          .isEqualTo("slow-3");
      assertThat(RequestContextHandler.of(first))
          .extracting(RequestContext::id)
          .isEqualTo("slow-1");
      third.writeAndFlush(TestServer.ok("third"));
      await().until(() -> RequestContextHandler.of(third) == null);
      assertThat(RequestContextHandler.of(first))
          .extracting(RequestContext::id)
          .isEqualTo("slow-1");
    }
  }

  private void http2(TestServer shop, ChannelPipeline pipeline) {
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
                        handler,
                        new Application(waiting));
              }
            }));
  }
}
