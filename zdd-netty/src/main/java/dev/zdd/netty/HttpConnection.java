package dev.zdd.netty;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection, right behind the codec: counts each request from its head to the last
 * byte of its response, lets one through at a time, and decides which response is the last.
 *
 * <p>A request that is pipelined behind another is {@linkplain HeldRequests held} until the other's
 * response has left, so that an endpoint's immediate answer cannot overtake an application's slow
 * one.
 *
 * <p>From the moment the lifecycle is leaving, the first response head that goes out settles which
 * requests are the last: those read by then. They are answered, and the last answer says {@code
 * Connection: close} (RFC 9112 section 9.6); what comes after them is not begun.
 *
 * <p>A 101, or the 2xx to a CONNECT, ends the count when it is written: from there on the channel
 * speaks something else, and this handler lets everything pass.
 */
// A failed write or close shows in what the channel does next; its future is for who wants it.
@SuppressWarnings("FutureReturnValueIgnored")
final class HttpConnection extends ChannelDuplexHandler
    implements Connection, ChannelFutureListener {
  private final NettyDrain drain;
  private final Lifecycle lifecycle;
  private final Probes probes;
  private final Wire wire = new Wire();
  private final Exchange exchange = new Exchange();

  // What most connections never have is not there until it is needed: a server has thousands.
  private @Nullable List<EndpointHandler> endpoints;
  private @Nullable HeldRequests held;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ChannelFuture lastWrite;
  private @Nullable WebSocketGoodbye webSocket;
  private boolean takesRequests = true;
  private boolean ignores;
  private boolean leftHttp;
  private boolean inInterim;

  HttpConnection(NettyDrain drain, Lifecycle lifecycle, Probes probes) {
    this.drain = drain;
    this.lifecycle = lifecycle;
    this.probes = probes;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    ChannelHandlerContext codec = ctx.pipeline().context(HttpServerCodec.class);
    if (codec == null) {
      codec = ctx.pipeline().context(HttpRequestDecoder.class);
    }
    if (codec == null) {
      throw new IllegalStateException(
          "connectionHandler: no HttpServerCodec in "
              + ctx.pipeline().names()
              + " (expected: before it)");
    }
    context = ctx;
    ctx.pipeline().addBefore(codec.name(), null, wire);
    drain.opened(this, ctx.channel());
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    abandon(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    abandon(ctx);
    ctx.fireChannelInactive();
  }

  // ---- requests ----

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (leftHttp || !HttpParts.isHttp(msg)) {
      ctx.fireChannelRead(msg);
      return;
    }
    HttpRequest request = HttpParts.request(msg);
    LastHttpContent last = HttpParts.last(msg);
    if (request != null) {
      wire.requestBegan();
      ignores |= !takesRequests;
    }
    if (last != null) {
      wire.requestEnded();
    }
    if (ignores || wire.isFinishing()) {
      ReferenceCountUtil.release(msg);
      return;
    }
    boolean ofLaterRequest = request != null || exchange.requestEnded || isHolding();
    if (exchange.isActive() && ofLaterRequest) {
      hold(ctx, msg, request);
    } else {
      take(msg, request, last);
    }
  }

  private void hold(ChannelHandlerContext ctx, Object msg, @Nullable HttpRequest request) {
    if (request != null) {
      takesRequests &= HttpUtil.isKeepAlive(request); // of one that is taken, begin() sees it
    }
    if (held == null) {
      held = new HeldRequests(this);
    }
    held.hold(ctx, msg);
  }

  private boolean isHolding() {
    return held != null && !held.isEmpty();
  }

  private void dropHeld() {
    if (held != null) {
      held.drop(attached());
    }
  }

  /** Whether a request is being read or answered, so that no further one may begin. */
  boolean isBusy() {
    return exchange.isActive();
  }

  /** Takes what has been held. */
  void take(Object msg) {
    take(msg, HttpParts.request(msg), HttpParts.last(msg));
  }

  private void take(Object msg, @Nullable HttpRequest request, @Nullable LastHttpContent last) {
    ChannelHandlerContext ctx = attached();
    if (request != null && !begin(ctx, request)) {
      ReferenceCountUtil.release(msg);
      return;
    }
    if (last != null) {
      exchange.requestEnded = true;
      if (last.decoderResult().isFailure()) {
        exchange.lastOfConnection();
      }
    }
    long begun = request != null ? exchange.ticket : InFlight.REFUSED;
    ctx.fireChannelRead(msg);
    // What goes on after this call goes on without the event loop's thread: do not blame it.
    lifecycle.inFlight().detach(begun);
    endIfOver();
  }

  private boolean begin(ChannelHandlerContext ctx, HttpRequest request) {
    exchange.begin(request);
    takesRequests &= exchange.isPersistent();
    lastWrite = null;
    if (isProbe(ctx, request)) {
      // Probes come to the very end: counted, they would keep a drain from ever being over.
      return true;
    }
    exchange.ticket =
        lifecycle.inFlight().begin(request.method().name(), RequestTarget.path(request.uri()));
    if (exchange.ticket != InFlight.REFUSED) {
      return true;
    }
    ignores = true;
    var refusal =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.SERVICE_UNAVAILABLE, Unpooled.EMPTY_BUFFER);
    refusal
        .headers()
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE)
        .set(HttpHeaderNames.RETRY_AFTER, "1")
        .set(HttpHeaderNames.CONTENT_LENGTH, "0");
    write(ctx, refusal, ctx.newPromise());
    ctx.flush();
    return false;
  }

  private boolean isProbe(ChannelHandlerContext ctx, HttpRequest request) {
    if (endpoints == null) {
      endpoints = probes.endpoints(ctx.pipeline());
    }
    return Probes.include(endpoints, request.uri());
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (held == null || wire.isFinishing()) {
      ctx.read();
    } else {
      held.read(ctx);
    }
  }

  // ---- responses ----

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    ChannelPromise counted = promise;
    if (exchange.isActive() && lastWrite == null && isLastOfResponse(msg)) {
      counted = promise.unvoid();
      lastWrite = counted;
      counted.addListener(this);
    }
    ctx.write(msg, counted);
  }

  // Also does what is to be done on the way: the head is given its Connection header.
  private boolean isLastOfResponse(Object msg) {
    HttpResponse response = HttpParts.response(msg);
    boolean last = HttpParts.last(msg) != null;
    if (response != null) {
      if (exchange.leavesHttp(response)) {
        leftHttp = true;
        if (WebSocketGoodbye.concerns(response)) {
          webSocket = new WebSocketGoodbye(wire);
          ChannelHandlerContext ctx = attached();
          ctx.pipeline().addAfter(ctx.name(), null, webSocket);
        }
        dropHeld();
        return true;
      }
      if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
        exchange.continued();
        inInterim = !last;
        return false;
      }
      decideEnd(response);
    }
    if (last && inInterim) {
      inInterim = false;
      return false;
    }
    return last && exchange.headWritten;
  }

  private void decideEnd(HttpResponse response) {
    if (lifecycle.isLeaving()) {
      takesRequests = false;
    }
    boolean close = !exchange.persistsAfter(response) || (!takesRequests && !isHolding());
    if (close) {
      takesRequests = false;
      dropHeld(); // nothing more is begun, but the client's going is to be seen
    }
    exchange.headWritten = true;
    exchange.announce(response, close);
  }

  /** The last byte of a response has been handed to the transport, or never will be. */
  @Override
  public void operationComplete(ChannelFuture flushed) {
    if (!exchange.isActive()) {
      return; // the connection has ended meanwhile, and the count with it
    }
    wire.touch();
    exchange.flushed = true;
    lifecycle.inFlight().end(exchange.ticket);
    if (!flushed.isSuccess()) {
      wire.cut(); // half a response is out, or none: nothing may follow it
    } else if (leftHttp) {
      exchange.end();
      if (drain.isUnbound()) {
        unbound();
      }
    } else if (exchange.closes) {
      wire.finish(false);
    } else {
      endIfOver();
    }
  }

  private void endIfOver() {
    if (!exchange.isActive() || !exchange.flushed || !exchange.requestEnded || exchange.closes) {
      return;
    }
    exchange.end();
    lastWrite = null;
    if (held != null) {
      held.deliver(attached());
    }
    // A response whose head was out before the drain began could not say that it is the last. Its
    // client may send another request at any moment: that one is served, and told. If none comes,
    // the connection is idle like any other.
    if (isIdle() && !takesRequests) {
      wire.finish(false);
    }
  }

  // ---- the end ----

  @Override
  public long quietSince() {
    return wire.quietSince();
  }

  /** Nothing: the next response says it. */
  @Override
  public void announce() {}

  @Override
  public void unbound() {
    if (webSocket != null) {
      webSocket.say();
    }
  }

  @Override
  public boolean closeIfIdle(Duration idle) {
    if (!isIdle() || System.nanoTime() - wire.quietSince() < idle.toNanos()) {
      return false;
    }
    wire.finish(true);
    return true;
  }

  @Override
  public void cut() {
    wire.cut();
  }

  // The exchange goes on until abandon(): what is pipelined behind it must not begin meanwhile.
  @Override
  public void ended() {
    lifecycle.inFlight().end(exchange.ticket);
  }

  private boolean isIdle() {
    return !exchange.isActive()
        && !isHolding()
        && !leftHttp
        && !wire.hasStartOfRequest()
        && !wire.isFinishing();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent && !leftHttp) {
      // Only where the application allows half-closed channels; Netty closes the others itself.
      takesRequests = false;
      if (!exchange.isActive()) {
        wire.finish(false);
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  /**
   * A close after the last byte of a response (the usual listener on the last write) ends the
   * connection in stages too. One in the middle of an exchange is the application's way to break
   * off, and is carried out.
   */
  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    boolean complete = !exchange.isActive() || (lastWrite != null && lastWrite.isSuccess());
    if (leftHttp || !complete || !ctx.channel().isActive()) {
      ctx.close(promise);
      return;
    }
    wire.finish(false);
    if (!promise.isVoid()) {
      ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
    }
  }

  private void abandon(ChannelHandlerContext ctx) {
    if (exchange.isActive()) {
      lifecycle.inFlight().end(exchange.ticket);
      exchange.end();
    }
    if (held != null) {
      held.release();
    }
    drain.closed(this, ctx.channel());
  }

  private ChannelHandlerContext attached() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return ctx;
  }
}
