package dev.zdd.servlet;

import dev.zdd.core.Drainable;
import io.undertow.Undertow;
import io.undertow.UndertowOptions;
import io.undertow.servlet.Servlets;
import io.undertow.servlet.api.DeploymentInfo;
import io.undertow.servlet.api.DeploymentManager;
import io.undertow.servlet.util.ImmediateInstanceFactory;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.Servlet;
import java.net.InetSocketAddress;

/** A real Undertow with its servlet container. */
final class UndertowUnderTest implements ServerUnderTest {
  final UndertowDrain drain = UndertowDrain.create();
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
            .setHandler(drain.handler(manager.start()))
            .build();
    drain.server(undertow);
    undertow.start();
    port = ((InetSocketAddress) undertow.getListenerInfo().get(0).getAddress()).getPort();
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
