package dev.zdd.netty;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the requests below some paths from an {@link Endpoint}, and passes all others on. One
 * instance serves any number of channels.
 *
 * <p>It stands behind {@link NettyDrain#connectionHandler()}, which finds it there: what it answers
 * is a probe, and is neither counted as in flight nor ever refused. It answers on the event loop,
 * as soon as the request's head is there; a body is read and dropped, unless the endpoint wants it
 * ({@link Endpoint#bodyReader}): then it is gathered, up to the reader's bound, and what is
 * pipelined behind it waits if the connection is a {@link NettyDrain}'s; on another it is not
 * begun, and the answer is the connection's last.
 *
 * <p>A request that waits for a change ({@link Endpoint#later}) is answered when it comes. What is
 * pipelined behind it waits too if the connection is a {@link NettyDrain}'s; on another it is
 * answered at once as soon as the next request is there.
 *
 * <p>A request whose head the codec could not read, or whose path has a bad escape, is answered
 * with 400. Netty's {@code HttpServerCodec} reads a request line of 4096 bytes at most unless told
 * otherwise; a longer one has lost its path, and is the application's to answer (414).
 */
// A failed write or close shows in what the channel does next; its future is for who wants it. An
// answer is recognised by being the same object.
@SuppressWarnings({"FutureReturnValueIgnored", "ReferenceEquality"})
@Sharable
public final class EndpointHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(EndpointHandler.class);

  // Set while the body of an answered request is still coming. On the channel, for the handler is
  // shared; one key for all handlers, for only one request of a channel is read at a time.
  private static final AttributeKey<Boolean> DROPPING =
      AttributeKey.valueOf(EndpointHandler.class, "DROPPING");

  private static final AttributeKey<String> REMOTE_ADDRESS =
      AttributeKey.valueOf(EndpointHandler.class, "REMOTE_ADDRESS");

  private final Endpoint endpoint;
  private final List<String> prefixes;

  // An endpoint answers most probes with one and the same object.
  private volatile @Nullable PreparedResponse lastPrepared;

  private EndpointHandler(Endpoint endpoint, List<String> prefixes) {
    this.endpoint = endpoint;
    this.prefixes = prefixes;
  }

  /**
   * A handler for requests to exactly one of {@code prefixes}, and to what is below one: "/ready"
   * has "/ready" and "/ready/db", and not "/readying".
   *
   * @throws IllegalArgumentException if there is no prefix, or one does not begin with "/" or ends
   *     with it
   */
  public static EndpointHandler of(Endpoint endpoint, String... prefixes) {
    requireNonNull(endpoint, "endpoint");
    if (prefixes.length == 0) {
      throw new IllegalArgumentException("prefixes: none (expected: at least one path)");
    }
    for (String prefix : prefixes) {
      if (!prefix.startsWith("/") || prefix.endsWith("/")) {
        throw new IllegalArgumentException(
            "prefixes: \"" + prefix + "\" (expected: a path that begins with / and ends without)");
      }
    }
    return new EndpointHandler(endpoint, List.of(prefixes));
  }

  /** Whether the request with this target is answered here. */
  boolean answers(String target) {
    String path = RequestTarget.path(target);
    String decoded = RequestTarget.decode(path);
    return matches(decoded == null ? path : decoded);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Probes.note(ctx.channel(), this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    HttpRequest request = HttpParts.request(msg);
    if (HttpParts.isHttp(msg) && DelayedAnswer.isPastTheLast(ctx, request != null)) {
      ReferenceCountUtil.release(msg);
      return;
    }
    if (request != null) {
      DelayedAnswer.answerNow(ctx); // or it would be answered behind this one
    }
    String path = request == null ? null : RequestTarget.path(request.uri());
    String decoded = path == null ? null : RequestTarget.decode(path);
    if (request != null && path != null && matches(decoded == null ? path : decoded)) {
      boolean bodyFollows = HttpParts.last(msg) == null;
      ctx.channel().attr(DROPPING).set(bodyFollows ? true : null);
      try {
        answer(ctx, request, decoded, msg);
      } finally {
        ReferenceCountUtil.release(msg);
      }
    } else if (request == null && GatheredBody.of(ctx) != null && HttpParts.isHttp(msg)) {
      try {
        gather(ctx, (HttpContent) msg);
      } finally {
        ReferenceCountUtil.release(msg);
      }
    } else if (request == null && isDropping(ctx) && HttpParts.isHttp(msg)) {
      if (HttpParts.last(msg) != null) {
        ctx.channel().attr(DROPPING).set(null);
      }
      ReferenceCountUtil.release(msg);
    } else {
      ctx.fireChannelRead(msg);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    gone(ctx);
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    gone(ctx);
  }

  private static void gone(ChannelHandlerContext ctx) {
    GatheredBody.forget(ctx);
    DelayedAnswer.gone(ctx);
  }

  private static boolean isDropping(ChannelHandlerContext ctx) {
    return ctx.channel().hasAttr(DROPPING) && ctx.channel().attr(DROPPING).get() != null;
  }

  private boolean matches(String path) {
    for (String prefix : prefixes) {
      if (path.startsWith(prefix)
          && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/')) {
        return true;
      }
    }
    return false;
  }

  // The path is null if it has a bad escape.
  private void answer(
      ChannelHandlerContext ctx, HttpRequest request, @Nullable String path, Object msg) {
    if (path == null || request.decoderResult().isFailure()) {
      ctx.writeAndFlush(empty(HttpResponseStatus.BAD_REQUEST));
      return;
    }
    Laid laid = new Laid(ctx.channel(), request, path, RequestTarget.query(request.uri()));
    CompletableFuture<EndpointResponse> later = null;
    try {
      BodyReader reader = laid.isRead() ? null : endpoint.bodyReader(laid);
      if (reader != null) {
        beginBody(ctx, request, reader, msg);
        return;
      }
      later = endpoint.later(laid);
    } catch (RuntimeException e) {
      log.error("endpoint {} failed on a {}", endpoint, request.method(), e);
    }
    if (later == null) {
      ctx.writeAndFlush(now(laid));
    } else {
      DelayedAnswer.begin(
          ctx, later, answer -> prepared(answer).response(laid.isHead()), () -> now(laid));
    }
  }

  private void beginBody(
      ChannelHandlerContext ctx, HttpRequest request, BodyReader reader, Object msg) {
    ctx.channel().attr(DROPPING).set(null);
    GatheredBody.begin(ctx, reader);
    if (msg instanceof HttpContent whole) {
      gather(ctx, whole); // behind an aggregator
    } else if (HttpUtil.is100ContinueExpected(request)) {
      ctx.writeAndFlush(
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
  }

  private void gather(ChannelHandlerContext ctx, HttpContent piece) {
    GatheredBody body = requireNonNull(GatheredBody.of(ctx));
    if (!body.add(piece)) {
      return;
    }
    GatheredBody.forget(ctx);
    if (body.isBroken()) {
      FullHttpResponse refusal = empty(HttpResponseStatus.BAD_REQUEST);
      HttpUtil.setKeepAlive(refusal, false); // where the next request begins is not known
      ctx.writeAndFlush(refusal).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    try {
      DelayedAnswer.beginOnce(
          ctx, body.answer(), answer -> PreparedResponse.of(answer).response(false));
    } catch (RuntimeException e) {
      log.error("endpoint {} failed on a body", endpoint, e);
      ctx.writeAndFlush(empty(HttpResponseStatus.SERVICE_UNAVAILABLE));
    }
  }

  private FullHttpResponse now(Laid request) {
    try {
      return prepared(endpoint.handle(request)).response(request.isHead());
    } catch (RuntimeException e) {
      // Against the endpoint's contract. A probe that cannot be answered has failed.
      log.error("endpoint {} failed on a {}", endpoint, request.method(), e);
      return empty(HttpResponseStatus.SERVICE_UNAVAILABLE);
    }
  }

  // Two event loops may each prepare the same answer, and one of the two is kept: they are equal.
  private PreparedResponse prepared(EndpointResponse answer) {
    PreparedResponse last = lastPrepared;
    if (last == null || last.answer() != answer) {
      last = PreparedResponse.of(answer);
      lastPrepared = last;
    }
    return last;
  }

  static FullHttpResponse empty(HttpResponseStatus status) {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
    response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
    HttpUtil.setContentLength(response, 0);
    return response;
  }

  /** Netty's request as an endpoint sees it; nothing is copied that it does not ask for. */
  private record Laid(Channel channel, HttpRequest request, String path, @Nullable String query)
      implements EndpointRequest {
    boolean isHead() {
      return request.method().equals(HttpMethod.HEAD);
    }

    @Override
    public String method() {
      return request.method().name();
    }

    @Override
    public @Nullable String header(String name) {
      return request.headers().get(name);
    }

    // Asked for by every readiness probe, so it is spelled out once for each connection.
    @Override
    public @Nullable String remoteAddress() {
      String known = channel.attr(REMOTE_ADDRESS).get();
      if (known == null && channel.remoteAddress() instanceof InetSocketAddress remote) {
        known =
            remote.isUnresolved() ? remote.getHostString() : remote.getAddress().getHostAddress();
        channel.attr(REMOTE_ADDRESS).set(known);
      }
      return known;
    }
  }
}
