package dev.zdd.servlet;

import io.undertow.Undertow;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import jakarta.servlet.http.HttpServlet;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.tomcat.util.descriptor.web.ErrorPage;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee11.servlet.ErrorPageErrorHandler;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * A real server with one servlet at /app and /bare, a filter before /app, and /app/page for errors.
 * It has few threads, or those of an executor.
 */
record FilteredServer(int port, AutoCloseable server) implements AutoCloseable {
  private static final int THREADS = 2;
  private static final Set<DispatcherType> DISPATCHERS =
      EnumSet.of(
          DispatcherType.REQUEST,
          DispatcherType.ASYNC,
          DispatcherType.ERROR,
          DispatcherType.FORWARD);

  /** How one is started. */
  interface Start {
    FilteredServer start(Filter filter, HttpServlet servlet, @Nullable Executor executor)
        throws Exception;
  }

  static FilteredServer jetty(Filter filter, HttpServlet servlet, @Nullable Executor executor)
      throws Exception {
    QueuedThreadPool threads = new QueuedThreadPool(THREADS + 4, THREADS + 4);
    threads.setVirtualThreadsExecutor(executor);
    Server jetty = new Server(threads);
    ServerConnector connector = new ServerConnector(jetty, 1, 1);
    connector.setHost("127.0.0.1");
    jetty.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder holder = new ServletHolder(servlet);
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/app/*");
    context.addServlet(holder, "/bare/*");
    FilterHolder filterHolder = new FilterHolder(filter);
    filterHolder.setAsyncSupported(true);
    context.addFilter(filterHolder, "/app/*", EnumSet.copyOf(DISPATCHERS));
    ErrorPageErrorHandler errors = new ErrorPageErrorHandler();
    errors.addErrorPage(500, "/app/page");
    context.setErrorHandler(errors);
    jetty.setHandler(context);
    jetty.start();
    return new FilteredServer(connector.getLocalPort(), jetty::stop);
  }

  static FilteredServer tomcat(Filter filter, HttpServlet servlet, @Nullable Executor executor)
      throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(Files.createTempDirectory("tomcat").toString());
    Connector connector = new Connector();
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    connector.setProperty("minSpareThreads", "1");
    connector.setProperty("maxThreads", Integer.toString(THREADS));
    if (executor != null) {
      ((AbstractProtocol<?>) connector.getProtocolHandler()).setExecutor(executor);
    }
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Wrapper wrapper = Tomcat.addServlet(context, "application", servlet);
    wrapper.setAsyncSupported(true);
    wrapper.addMapping("/app/*");
    wrapper.addMapping("/bare/*");
    FilterDef definition = new FilterDef();
    definition.setFilterName("zdd");
    definition.setFilter(filter);
    definition.setAsyncSupported("true");
    context.addFilterDef(definition);
    FilterMap map = new FilterMap();
    map.setFilterName("zdd");
    map.addURLPattern("/app/*");
    DISPATCHERS.forEach(dispatcher -> map.setDispatcher(dispatcher.name()));
    context.addFilterMap(map);
    ErrorPage page = new ErrorPage();
    page.setErrorCode(500);
    page.setLocation("/app/page");
    context.addErrorPage(page);
    tomcat.start();
    return new FilteredServer(
        connector.getLocalPort(),
        () -> {
          tomcat.stop();
          tomcat.destroy();
        });
  }

  static FilteredServer undertow(Filter filter, HttpServlet servlet, @Nullable Executor executor)
      throws Exception {
    DeploymentInfo deployment =
        Servlets.deployment()
            .setClassLoader(FilteredServer.class.getClassLoader())
            .setContextPath("/")
            .setDeploymentName("filtered")
            .setExecutor(executor)
            .setAsyncExecutor(executor)
            .addServlet(
                Servlets.servlet(
                        "application",
                        HttpServlet.class,
                        new ImmediateInstanceFactory<Servlet>(servlet))
                    .setAsyncSupported(true)
                    .addMappings("/app/*", "/bare/*"))
            .addFilter(
                Servlets.filter("zdd", Filter.class, new ImmediateInstanceFactory<Filter>(filter))
                    .setAsyncSupported(true))
            .addErrorPage(new io.undertow.servlet.api.ErrorPage("/app/page", 500));
    DISPATCHERS.forEach(dispatcher -> deployment.addFilterUrlMapping("zdd", "/app/*", dispatcher));
    DeploymentManager manager = Servlets.newContainer().addDeployment(deployment);
    manager.deploy();
    Undertow undertow =
        Undertow.builder()
            .setIoThreads(1)
            .setWorkerThreads(THREADS)
            .addHttpListener(0, "127.0.0.1")
            .setHandler(manager.start())
            .build();
    undertow.start();
    int port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
    return new FilteredServer(port, undertow::stop);
  }

  @Override
  public void close() throws Exception {
    server.close();
  }
}
