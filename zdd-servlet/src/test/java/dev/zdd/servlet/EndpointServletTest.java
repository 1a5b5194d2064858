package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.net.SocketTimeoutException;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndpointServletTest {
  @Test
  void copiesStatusHeadersAndBody() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      assertThat(client.get("/ready?verbose").response())
          .startsWith("HTTP/1.1 200")
          .contains("Cache-Control: no-store", "X-Content-Type-Options: nosniff")
          .endsWith("/ready\n");
      jetty.signal();
      assertThat(client.get("/ready/a%20b").response())
          .startsWith("HTTP/1.1 503")
          .endsWith("/ready/a b\n");
    }
  }

  /** Written after the body, the status would be what stood when the buffer was full: 200. */
  @Test
  void aBodyLargerThanTheBufferGoesOutWithItsStatus() throws Exception {
    String large = "x".repeat(1 << 20);
    Endpoint fails = request -> EndpointResponse.of(503, "text/plain", large);
    ServletHolder servlet = new ServletHolder(EndpointServlet.of(fails));
    try (JettyFixture jetty =
            new JettyFixture(
                server -> new ServerConnector(server, 1, 1),
                context -> context.addServlet(servlet, "/large"));
        RawClient client = jetty.connect()) {
      assertThat(client.get("/large").response()).startsWith("HTTP/1.1 503").endsWith("xxx");
    }
  }

  @Test
  void answersHeadWithTheLengthAndNoBody() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      client.send("HEAD /ready HTTP/1.1\r\nHost: zdd\r\nConnection: close\r\n\r\n");
      assertThat(client.untilEnd())
          .startsWith("HTTP/1.1 200")
          .contains("Content-Length: 7")
          .endsWith("\r\n\r\n");
    }
  }

  @Test
  void leavesItToTheEndpointWhichMethodsAreAllowed() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      client.send("PATCH /ready HTTP/1.1\r\nHost: zdd\r\nContent-Length: 0\r\n\r\n");
      assertThat(client.response()).startsWith("HTTP/1.1 200").endsWith("/ready\n");
    }
  }

  /** HTTP/2 has no such header, and who compares it with an Origin must not depend on that. */
  @Test
  void seesTheHostOfAnHttp2RequestToo() throws Exception {
    Endpoint host =
        request -> EndpointResponse.of(200, "text/plain", "to " + request.header("HOST"));
    ServletHolder servlet = new ServletHolder(EndpointServlet.of(host));
    try (JettyFixture jetty =
            new JettyFixture(
                server ->
                    new ServerConnector(
                        server, 1, 1, new HTTP2CServerConnectionFactory(new HttpConfiguration())),
                context -> context.addServlet(servlet, "/host"));
        RawHttp2Client client = new RawHttp2Client(jetty.connector.getLocalPort())) {
      assertThat(client.get(1, "/host").answer(1)).isEqualTo("to zdd");
    }
  }

  private static Server jetty(ContractApplication application, boolean async) throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    connector.setIdleTimeout(200);
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder endpoint = new ServletHolder(EndpointServlet.of(application.readiness()));
    endpoint.setAsyncSupported(async);
    context.addServlet(endpoint, "/ready/*");
    server.setHandler(context);
    server.start();
    return server;
  }

  private static RawClient poll(Server server) throws IOException {
    int port = ((ServerConnector) server.getConnectors()[0]).getLocalPort();
    return new RawClient(port).send("GET /ready HTTP/1.1\r\nHost: zdd\r\nPrefer: wait=30\r\n\r\n");
  }

  @Test
  void answersAtOnceWhereAsynchronousRequestsAreNotSupported() throws Exception {
    ContractApplication application = new ContractApplication();
    Server server = jetty(application, false);
    try (RawClient client = poll(server)) {
      assertThat(client.response()).startsWith("HTTP/1.1 200").endsWith("/ready\n");
      assertThat(application.polls).isEmpty();
    } finally {
      server.stop();
    }
  }

  @Test
  void whoWaitsForAChangeWaitsLongerThanAConnectionMayBeIdle() throws Exception {
    ContractApplication application = new ContractApplication();
    Server server = jetty(application, true);
    try (RawClient client = poll(server)) {
      client.socket().setSoTimeout(700);
      assertThatThrownBy(client::response).isInstanceOf(SocketTimeoutException.class);
      application.lifecycle.drain("test");
      client.socket().setSoTimeout(15_000);
      assertThat(client.response()).startsWith("HTTP/1.1 503").endsWith("leaving\n");
    } finally {
      server.stop();
    }
  }
}
