package dev.zdd.examples.shop;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.servlet.InFlightFilter;
import dev.zdd.servlet.TomcatDrain;
import dev.zdd.servlet.TomcatProtocol;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Servlet;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletException;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.server.ServerContainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.apache.tomcat.websocket.server.WsSci;

/** The shop on an embedded Tomcat 11: zdd's protocol, filter, servlet and drain. */
final class ShopOnTomcat implements ShopServer, AutoCloseable {
  private static final int BACKLOG = 1024;

  private final Tomcat tomcat;
  private final Path directory;
  private final TomcatDrain drain;

  private ShopOnTomcat(Tomcat tomcat, Path directory, TomcatDrain drain) {
    this.tomcat = tomcat;
    this.directory = directory;
    this.drain = drain;
  }

  static ShopOnTomcat start(
      String host,
      int port,
      Shop shop,
      Map<String, String> shopHeaders,
      Endpoint endpoint,
      Lifecycle lifecycle,
      boolean http2)
      throws Exception {
    Tomcat tomcat = new Tomcat();
    Path directory = Files.createTempDirectory("shop-tomcat-");
    tomcat.setBaseDir(directory.toString());
    tomcat.setConnector(connector(host, port, http2));
    Context context = tomcat.addContext("", null);
    context.addServletContainerInitializer(new WsSci(), null);
    context.addServletContainerInitializer((classes, servlets) -> addEcho(servlets), null);
    add(context, "shop", new ShopServlet(shop, shopHeaders), "/*");
    for (String path : ShopEndpoints.PATHS) {
      add(context, path.substring(1), EndpointServlet.of(endpoint), path + "/*");
    }
    addInFlightFilter(context, lifecycle);
    // Its own error pages repeat the request.
    ((StandardHost) tomcat.getHost()).setErrorReportValveClass(null);

    TomcatDrain drain = TomcatDrain.of(tomcat);
    ShopOnTomcat server = new ShopOnTomcat(tomcat, directory, drain);
    try {
      tomcat.start();
      return server;
    } catch (Exception e) {
      server.close();
      throw e;
    }
  }

  private static Connector connector(String host, int port, boolean http2) {
    TomcatProtocol protocol = new TomcatProtocol();
    protocol.setMaxHttpHeaderSize(MOST_HEAD_BYTES);
    protocol.setKeepAliveTimeout(IDLE_SECONDS * 1000);
    protocol.setMaxKeepAliveRequests(-1);
    protocol.setAcceptCount(BACKLOG);
    Connector connector = new Connector(protocol);
    connector.setProperty("address", host);
    connector.setPort(port);
    // A port that is taken is an error, not a line in the log.
    connector.setThrowOnFailure(true);
    if (http2) {
      Http2Protocol http2Protocol = new Http2Protocol();
      // Off. HAProxy answers each small DATA frame by a WINDOW_UPDATE as small, which Tomcat takes
      // for abuse: it cuts the connection in the middle of a stream of chunks. On a connection that
      // has carried many requests it is more patient; in a drain they are all young.
      http2Protocol.setOverheadWindowUpdateThreshold(0);
      connector.addUpgradeProtocol(http2Protocol);
    }
    return connector;
  }

  private static void add(Context context, String name, Servlet servlet, String pattern) {
    Wrapper wrapper = Tomcat.addServlet(context, name, servlet);
    wrapper.setAsyncSupported(true);
    wrapper.addMapping(pattern);
  }

  private static void addEcho(ServletContext servlets) throws ServletException {
    ServerContainer sockets =
        (ServerContainer) servlets.getAttribute(ServerContainer.class.getName());
    try {
      sockets.addEndpoint(Echo.config());
    } catch (DeploymentException e) {
      throw new ServletException(e);
    }
  }

  private static void addInFlightFilter(Context context, Lifecycle lifecycle) {
    FilterDef filter = new FilterDef();
    filter.setFilterName("in-flight");
    filter.setFilter(InFlightFilter.of(lifecycle));
    filter.setAsyncSupported("true");
    context.addFilterDef(filter);
    FilterMap everything = new FilterMap();
    everything.setFilterName("in-flight");
    everything.addURLPattern("/*");
    everything.setDispatcher(DispatcherType.REQUEST.name());
    context.addFilterMap(everything);
  }

  @Override
  public int port() {
    return tomcat.getConnector().getLocalPort();
  }

  @Override
  public Drainable drain() {
    return drain;
  }

  /** Removes what Tomcat had on disk; for after the drain has stopped it. */
  @Override
  public void close() throws LifecycleException, IOException {
    tomcat.destroy();
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
