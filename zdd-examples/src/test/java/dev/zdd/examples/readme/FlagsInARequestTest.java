package dev.zdd.examples.readme;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import dev.zdd.flags.Flag;
import dev.zdd.flags.FlagDefinition;
import dev.zdd.flags.Flags;
import dev.zdd.flags.MemoryFlagSource;
import dev.zdd.netty.RequestContextHandler;
import dev.zdd.servlet.RequestContextFilter;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Flags behind the adapters that know whom a request is for: a flag that is switched off in the
 * middle of a request stays on for that request, on another thread too, and is off for the next.
 */
@Timeout(60)
class FlagsInARequestTest {
  private final MemoryFlagSource source = MemoryFlagSource.of(onFor("alice"));
  private final Flags flags = Flags.of(source);
  private final Flag checkout = flags.flag("checkout");

  private static FlagDefinition onFor(String... users) {
    return FlagDefinition.builder("checkout").enabled(true).allow(users).percentage("0").build();
  }

  /** The first half of a request's work: from its end on nobody new sees the flag. */
  private String begin() {
    boolean enabled = checkout.isEnabled();
    source.set(onFor());
    return enabled + " ";
  }

  private String goOn() {
    return checkout.isEnabled() + ", by id " + checkout.isEnabled("alice");
  }

  private void assertAnswersThroughout(int port) throws Exception {
    assertThat(get(port, "bob")).isEqualTo("false false, by id false");
    source.set(onFor("alice"));
    assertThat(get(port, "alice")).isEqualTo("true true, by id false");
    assertThat(get(port, "alice")).isEqualTo("false false, by id false");
  }

  private static String get(int port, String user) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/"))
                .header("User", user)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  @Test
  void holdsInAnAsynchronousServlet() throws Exception {
    Server jetty = new Server();
    ServerConnector connector = new ServerConnector(jetty, 1, 1);
    connector.setHost("127.0.0.1");
    jetty.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder servlet = new ServletHolder(new Checkout());
    servlet.setAsyncSupported(true);
    context.addServlet(servlet, "/");
    FilterHolder filter =
        new FilterHolder(
            RequestContextFilter.of(request -> RequestContext.of(request.getHeader("User"))));
    filter.setAsyncSupported(true);
    context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST, DispatcherType.ASYNC));
    jetty.setHandler(context);
    jetty.start();
    try {
      assertAnswersThroughout(connector.getLocalPort());
    } finally {
      jetty.stop();
    }
  }

  private final class Checkout extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      String begun = begin();
      AsyncContext async = request.startAsync();
      async.start(
          RequestContext.current()
              .wrap(() -> {
                try {
                  response.getWriter().print(begun + goOn());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
                async.complete();
              }));
    }
  }

  @Test
  void holdsOnAnEventLoopAndOffIt() throws Exception {
    var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      Channel listener =
          new ServerBootstrap()
              .group(loops)
              .channel(NioServerSocketChannel.class)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel
                          .pipeline()
                          .addLast(
                              new HttpServerCodec(),
                              RequestContextHandler.of(
                                  request -> RequestContext.of(request.headers().get("User"))),
                              new HttpObjectAggregator(1024),
                              new CheckoutHandler());
                    }
                  })
              .bind("127.0.0.1", 0)
              .sync()
              .channel();
      assertAnswersThroughout(((InetSocketAddress) listener.localAddress()).getPort());
    } finally {
      loops.shutdownGracefully(0, 0, SECONDS).sync();
    }
  }

  private final class CheckoutHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
      String begun = begin();
      Runnable rest = RequestContext.current().wrap(() -> answer(ctx, begun + goOn()));
      new Thread(rest).start();
    }

    private static void answer(ChannelHandlerContext ctx, String text) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.copiedBuffer(text, US_ASCII));
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, text.length());
      ctx.writeAndFlush(response);
    }
  }
}
