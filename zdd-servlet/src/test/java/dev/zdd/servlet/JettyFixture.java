package dev.zdd.servlet;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.ee11.servlet.FilterHolder;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** A real Jetty with zdd in it and an application that a test can hold back. */
final class JettyFixture implements AutoCloseable {
  static {
    Awaitility.setDefaultTimeout(Duration.ofSeconds(30)); // a busy machine is slow, not wrong
  }

  final Lifecycle lifecycle = new Lifecycle();
  final Server server = new Server();
  final ServerConnector connector;
  final JettyDrain drain;

  final AtomicInteger calls = new AtomicInteger();
  volatile CountDownLatch release = new CountDownLatch(1);
  volatile int bigBody = 1 << 24;

  JettyFixture(int acceptors) throws Exception {
    this(server -> new ServerConnector(server, acceptors, 1), context -> {});
  }

  JettyFixture(
      Function<Server, ServerConnector> connects, Consumer<ServletContextHandler> configures)
      throws Exception {
    connector = connects.apply(server);
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
    configures.accept(context);
    drain = JettyDrain.of(server);
    server.start();
    lifecycle.ready();
  }

  /** HTTP/1.1 and HTTP/2 in the clear, by prior knowledge. */
  static JettyFixture http2() throws Exception {
    return http2(() -> null);
  }

  /**
   * The same, with something that goes on when a connection is given no idle timeout any more: the
   * drain has decided on its last stream, and Jetty does not know it.
   */
  static JettyFixture http2(Callable<?> onceDecided) throws Exception {
    return new JettyFixture(
        server -> {
          HttpConfiguration configuration = new HttpConfiguration();
          return new ServerConnector(
              server,
              1,
              1,
              new HttpConnectionFactory(configuration),
              new HTTP2CServerConnectionFactory(configuration)) {
            @Override
            protected SocketChannelEndPoint newEndPoint(
                SocketChannel channel, ManagedSelector selector, SelectionKey key) {
              return new SocketChannelEndPoint(channel, selector, key, getScheduler()) {
                @Override
                public void setIdleTimeout(long millis) {
                  super.setIdleTimeout(millis);
                  if (millis < 0) {
                    await(onceDecided);
                  }
                }
              };
            }
          };
        },
        context -> {});
  }

  private static void await(Callable<?> what) {
    try {
      what.call();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** HTTP/1.1 and HTTP/2 under TLS, by ALPN. */
  static JettyFixture tls(Path keys) throws Exception {
    return new JettyFixture(
        server -> {
          SslContextFactory.Server tls = new SslContextFactory.Server();
          tls.setKeyStorePath(keys.toString());
          tls.setKeyStorePassword(TestKeys.PASSWORD);
          HttpConfiguration configuration = new HttpConfiguration();
          configuration.addCustomizer(new SecureRequestCustomizer(false));
          HttpConnectionFactory http1 = new HttpConnectionFactory(configuration);
          ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
          alpn.setDefaultProtocol(http1.getProtocol());
          return new ServerConnector(
              server,
              1,
              1,
              new SslConnectionFactory(tls, alpn.getProtocol()),
              alpn,
              new HTTP2ServerConnectionFactory(configuration),
              http1);
        },
        context -> {});
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
        case "/stream" -> {
          response.getOutputStream().print("first");
          response.flushBuffer();
          await();
          response.getOutputStream().print("last");
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
