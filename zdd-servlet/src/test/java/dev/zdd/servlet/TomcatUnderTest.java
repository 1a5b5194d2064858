package dev.zdd.servlet;

import dev.zdd.core.Drainable;
import dev.zdd.testing.RawClient;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletContext;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.websocket.server.WsSci;

/** A real embedded Tomcat. */
final class TomcatUnderTest implements ServerUnderTest {
  final Tomcat tomcat = new Tomcat();
  final TomcatProtocol protocol = new TomcatProtocol();
  final Context context;
  private final TomcatDrain drain;
  private final List<RawClient> parking = new ArrayList<>();
  private final int port;

  TomcatUnderTest(ContractApplication application) throws Exception {
    this(application, server -> {});
  }

  TomcatUnderTest(ContractApplication application, Consumer<TomcatUnderTest> more)
      throws Exception {
    tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
    Connector connector = new Connector(protocol);
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    tomcat.setConnector(connector);
    connector.addUpgradeProtocol(new Http2Protocol());
    context = tomcat.addContext("", null);
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer((classes, servlets) -> addEcho(servlets), null);
    add("application", application, "/");
    add("ready", EndpointServlet.of(application.readiness()), "/ready/*");
    FilterDef filter = new FilterDef();
    filter.setFilterName("zdd");
    filter.setFilter(InFlightFilter.of(application.lifecycle));
    filter.setAsyncSupported("true");
    context.addFilterDef(filter);
    FilterMap everything = new FilterMap();
    everything.setFilterName("zdd");
    everything.addURLPattern("/*");
    everything.setDispatcher(DispatcherType.REQUEST.name());
    everything.setDispatcher(DispatcherType.ASYNC.name());
    context.addFilterMap(everything);
    more.accept(this);
    drain = TomcatDrain.of(tomcat);
    tomcat.start();
    port = connector.getLocalPort();
  }

  private void add(String name, jakarta.servlet.Servlet servlet, String pattern) {
    Wrapper wrapper = Tomcat.addServlet(context, name, servlet);
    wrapper.setAsyncSupported(true);
    wrapper.addMapping(pattern);
  }

  private static void addEcho(ServletContext servlets) {
    ServerContainer container =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      container.addEndpoint(ServerEndpointConfig.Builder.create(Echo.class, "/socket").build());
    } catch (DeploymentException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Sends back what it gets. */
  public static final class Echo extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.addMessageHandler(
          String.class, message -> session.getAsyncRemote().sendText(message));
    }
  }

  @Override
  public boolean speaksHttp2() {
    return true;
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

  /** At its most connections Tomcat's acceptor waits for one of them to end. */
  @Override
  public void holdAccepting() throws IOException {
    parking.add(new RawClient(port));
    org.awaitility.Awaitility.await().until(() -> protocol.getConnectionCount() == 2);
    protocol.setMaxConnections(1);
    // The acceptor has counted itself up for the next one and sits in accept().
    parking.add(new RawClient(port));
    org.awaitility.Awaitility.await().until(() -> drain.open() == 2);
  }

  @Override
  public void stopByApplication() throws Exception {
    tomcat.stop();
  }

  @Override
  public void close() throws Exception {
    for (RawClient client : parking) {
      client.close();
    }
    drain.close();
    tomcat.destroy();
  }
}
