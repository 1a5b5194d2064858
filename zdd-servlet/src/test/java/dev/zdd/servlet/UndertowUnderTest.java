package dev.zdd.servlet;

import dev.zdd.core.Drainable;
import dev.zdd.core.LongLived;
import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketCallback;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.net.InetSocketAddress;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A real Undertow with its servlet container. */
final class UndertowUnderTest implements ServerUnderTest {
  final UndertowDrain drain = UndertowDrain.create();
  final Queue<String> messages = new ConcurrentLinkedQueue<>();
  private final Undertow undertow;
  private final int port;

  UndertowUnderTest(ContractApplication application) throws Exception {
    InFlightFilter filter = InFlightFilter.of(application.lifecycle);
    EndpointServlet ready = EndpointServlet.of(application.readiness());
    DeploymentInfo deployment =
        Servlets.deployment()
            .setClassLoader(UndertowUnderTest.class.getClassLoader())
            .setContextPath("/")
            .setDeploymentName("contract")
            .addServlet(
                Servlets.servlet(
                        "application",
                        ContractApplication.class,
                        new ImmediateInstanceFactory<Servlet>(application))
                    .setAsyncSupported(true)
                    .addMapping("/"))
            .addServlet(
                Servlets.servlet(
                        "ready",
                        EndpointServlet.class,
                        new ImmediateInstanceFactory<Servlet>(ready))
                    .setAsyncSupported(true)
                    .addMapping("/ready/*"))
            .addFilter(
                Servlets.filter(
                        "zdd", InFlightFilter.class, new ImmediateInstanceFactory<Filter>(filter))
                    .setAsyncSupported(true))
            .addFilterUrlMapping("zdd", "/*", DispatcherType.REQUEST)
            .addFilterUrlMapping("zdd", "/*", DispatcherType.ASYNC);
    DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
    manager.deploy();
    undertow =
        Undertow.builder()
            .setWorker(drain.worker())
            .addHttpListener(0, "127.0.0.1")
            .setServerOption(UndertowOptions.MAX_ENTITY_SIZE, 1L << 30)
            .setServerOption(UndertowOptions.ENABLE_HTTP2, true)
            .setHandler(
                drain.handler(
                    Handlers.path(manager.start())
                        .addExactPath(
                            "/socket",
                            Handlers.websocket((exchange, channel) ->
                                echo(channel, application.lifecycle.longLived())))))
            .build();
    drain.server(undertow);
    undertow.start();
    port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
  }

  private void echo(WebSocketChannel channel, LongLived longLived) {
    LongLived.Registration open =
        longLived.open(() -> WebSockets.sendClose(1001, "", channel, new Unsent()));
    channel.addCloseTask(closed -> open.close());
    channel
        .getReceiveSetter()
        .set(
            new AbstractReceiveListener() {
              @Override
              protected void onFullTextMessage(WebSocketChannel from, BufferedTextMessage message) {
                String text = message.getData(); // empty the second time
                messages.add(text);
                WebSockets.sendText(text, from, new Unsent());
              }
            });
    channel.resumeReceives();
  }

  /** What cannot be sent behind a close is lost, and does not end the connection. */
  private static final class Unsent implements WebSocketCallback<Void> {
    @Override
    public void complete(WebSocketChannel channel, Void context) {}

    @Override
    public void onError(WebSocketChannel channel, Void context, Throwable e) {}
  }

  @Override
  public boolean hasWebSocket() {
    return true;
  }

  @Override
  public int port() {
    return port;
  }

  @Override
  public Drainable drain() {
    return drain;
  }

  @Override
  public void holdAccepting() {
    drain.suspendAccepting();
  }

  @Override
  public void stopByApplication() {
    undertow.stop();
  }

  @Override
  public void close() throws Exception {
    drain.close();
  }
}
