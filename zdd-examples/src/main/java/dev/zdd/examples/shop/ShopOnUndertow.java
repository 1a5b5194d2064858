package dev.zdd.examples.shop;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.LongLived;
import dev.zdd.core.http.Endpoint;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.servlet.InFlightFilter;
import dev.zdd.servlet.UndertowDrain;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.server.HttpHandler;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.api.ServletInfo;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletException;
import java.net.InetSocketAddress;
import java.util.Map;
import org.xnio.Options;

/** The shop on Undertow 2.3 and its servlet container: zdd's filter, servlet and drain. */
final class ShopOnUndertow implements ShopServer {
  private static final int BACKLOG = 1024;
  private static final int GOING_AWAY = 1001;

  private final Undertow server;
  private final UndertowDrain drain;

  private ShopOnUndertow(Undertow server, UndertowDrain drain) {
    this.server = server;
    this.drain = drain;
  }

  static ShopOnUndertow start(
      String host,
      int port,
      Shop shop,
      Map<String, String> shopHeaders,
      Endpoint endpoint,
      Lifecycle lifecycle)
      throws ServletException {
    InFlightFilter inFlight = InFlightFilter.of(lifecycle);
    DeploymentInfo deployment =
        Servlets.deployment()
            .setClassLoader(ShopOnUndertow.class.getClassLoader())
            .setContextPath("/")
            .setDeploymentName("shop")
            .addServlets(servlet("shop", new ShopServlet(shop, shopHeaders), "/*"))
            .addServlets(
                ShopEndpoints.PATHS.stream()
                    .map(path -> servlet(path, EndpointServlet.of(endpoint), path + "/*"))
                    .toArray(ServletInfo[]::new))
            .addFilter(
                Servlets.filter(
                        "in-flight",
                        InFlightFilter.class,
                        new ImmediateInstanceFactory<Filter>(inFlight))
                    .setAsyncSupported(true))
            .addFilterUrlMapping("in-flight", "/*", DispatcherType.REQUEST);
    DeploymentManager servlets = Servlets.newContainer().addDeployment(deployment);
    servlets.deploy();
    HttpHandler paths =
        Handlers.path(servlets.start())
            .addExactPath(
                Echo.PATH,
                Handlers.websocket((exchange, channel) -> echo(channel, lifecycle.longLived())));

    UndertowDrain drain = UndertowDrain.create();
    Undertow server =
        Undertow.builder()
            .setWorker(drain.worker())
            .addHttpListener(port, host)
            .setSocketOption(Options.BACKLOG, BACKLOG)
            .setServerOption(UndertowOptions.MAX_HEADER_SIZE, MOST_HEAD_BYTES)
            .setServerOption(UndertowOptions.NO_REQUEST_TIMEOUT, IDLE_SECONDS * 1000)
            .setHandler(drain.handler(paths))
            .build();
    drain.server(server);
    server.start();
    return new ShopOnUndertow(server, drain);
  }

  private static ServletInfo servlet(String name, Servlet servlet, String pattern) {
    return Servlets.servlet(
            name, servlet.getClass(), new ImmediateInstanceFactory<Servlet>(servlet))
        .setAsyncSupported(true)
        .addMapping(pattern);
  }

  /** Undertow tells no WebSocket that it goes; each registers how it is to be told. */
  private static void echo(WebSocketChannel channel, LongLived longLived) {
    LongLived.Registration open =
        longLived.open(() -> WebSockets.sendClose(GOING_AWAY, "", channel, UNSENT));
    channel.addCloseTask(closed -> open.close());
    channel.getReceiveSetter().set(new SendBack());
    channel.resumeReceives();
  }

  private static final class SendBack extends AbstractReceiveListener {
    @Override
    protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
      WebSockets.sendText(message.getData(), channel, UNSENT);
    }
  }

  /** With none Undertow closes the connection for a message that comes behind a close of ours. */
  private static final WebSocketCallback<Void> UNSENT =
      new WebSocketCallback<>() {
        @Override
        public void complete(WebSocketChannel channel, Void context) {}

        @Override
        public void onError(WebSocketChannel channel, Void context, Throwable e) {}
      };

  @Override
  public int port() {
    return ((InetSocketAddress) server.getListenerInfo().get(0).getAddress()).getPort();
  }

  @Override
  public Drainable drain() {
    return drain;
  }
}
