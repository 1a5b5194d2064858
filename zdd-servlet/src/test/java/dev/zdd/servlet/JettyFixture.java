package dev.zdd.servlet;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** A real Jetty with zdd in it and an application that a test can hold back. */
final class JettyFixture implements AutoCloseable {
  final Lifecycle lifecycle = new Lifecycle();
  final Server server = new Server();
  final ServerConnector connector;
  final JettyDrain drain;

  final AtomicInteger calls = new AtomicInteger();
  volatile CountDownLatch release = new CountDownLatch(1);
  volatile int bigBody = 1 << 24;

  JettyFixture(int acceptors) throws Exception {
    connector = new ServerConnector(server, acceptors, 1);
    connector.setHost("127.0.0.1");
    connector.setAcceptQueueSize(512);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    Endpoint ready =
        request ->
            EndpointResponse.of(
                lifecycle.isLeaving() ? 503 : 200, "text/plain", request.path() + "\n");
    context.addServlet(new ServletHolder(EndpointServlet.of(ready)), "/ready/*");
    context.addServlet(new ServletHolder(new Application()), "/");
    context.addFilter(
        new FilterHolder(InFlightFilter.of(lifecycle)), "/*", EnumSet.allOf(DispatcherType.class));
    server.setHandler(context);
    drain = JettyDrain.of(server);
    server.start();
    lifecycle.ready();
  }

  RawClient connect() throws IOException {
    return new RawClient(connector.getLocalPort());
  }

  void signal() {
    lifecycle.drain("test");
    drain.announce();
  }

  @Override
  public void close() throws Exception {
    release.countDown();
    server.stop();
  }

  private final class Application extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      calls.incrementAndGet();
      switch (request.getServletPath()) {
        case "/held" -> await();
        case "/throws" -> throw new IllegalStateException("thrown by the application");
        case "/async" -> {
          answerLater(request, response);
          return;
        }
        case "/async-timeout" -> {
          request.startAsync().setTimeout(50);
          return;
        }
        case "/async-dispatch" -> {
          if (request.getAttribute("again") == null) {
            request.setAttribute("again", 1);
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            new Thread(async::dispatch).start();
            return;
          }
          answerLater(request, response);
          return;
        }
        case "/big" -> {
          response.setContentLength(bigBody);
          response.getOutputStream().write(new byte[bigBody]);
          return;
        }
        default -> {}
      }
      write(response);
    }

    private void answerLater(HttpServletRequest request, HttpServletResponse response) {
      AsyncContext async = request.startAsync();
      async.setTimeout(0);
      new Thread(
              () -> {
                await();
                write(response);
                async.complete();
              })
          .start();
    }

    private void await() {
      try {
        release.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void write(HttpServletResponse response) {
      try {
        response.setContentLength(2);
        response.getOutputStream().print("ok");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
