package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.RawClient;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An endpoint that wants a request's body, on every servlet container. */
@Timeout(60)
class RequestBodyTest {
  private static final String FORM = "Content-Type: application/x-www-form-urlencoded\r\n";

  enum Container {
    JETTY,
    TOMCAT,
    UNDERTOW;

    ServerUnderTest start() throws Exception {
      ContractApplication application = new ContractApplication(new BodyEcho());
      return switch (this) {
        case JETTY -> new JettyUnderTest(application);
        case TOMCAT -> new TomcatUnderTest(application);
        case UNDERTOW -> new UndertowUnderTest(application);
      };
    }
  }

  private static String post(String headers, String body) {
    return "POST /ready HTTP/1.1\r\nHost: zdd\r\n" + headers + "\r\n" + body;
  }

  @ParameterizedTest
  @EnumSource
  void getsABodyUpToItsBoundHoweverItComesAndTheConnectionGoesOn(Container container)
      throws Exception {
    try (ServerUnderTest server = container.start();
        RawClient client = new RawClient(server.port());
        RawClient other = new RawClient(server.port())) {
      client.send(post(FORM + "Content-Length: 10\r\n", "a=1234&b=5"));
      assertThat(client.response()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nPOST a=1234&b=5");
      client.send(
          post(FORM + "Transfer-Encoding: chunked\r\n", "2\r\na=\r\n3\r\n123\r\n0\r\n\r\n"));
      assertThat(client.response()).endsWith("\r\n\r\nPOST a=123");
      client.send(post("Content-Length: 0\r\n", ""));
      assertThat(client.response()).endsWith("\r\n\r\nPOST ");
      assertThat(client.get("/ready").response()).endsWith("GET without a body");
      client.send(post("Content-Type: none\r\nContent-Length: 3\r\n", "abc"));
      assertThat(client.response()).endsWith("POST without a body");
      other.send(post("Content-Length: 11\r\n", "12345678901"));
      assertThat(other.response()).startsWith("HTTP/1.1 413").endsWith("too long");
    }
  }

  @Test
  void isNotAskedWhereAsynchronousRequestsAreNotSupported() throws Exception {
    Server server = new Server();
    ServerConnector connector = new ServerConnector(server, 1, 1);
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    ServletContextHandler context = new ServletContextHandler("/");
    ServletHolder servlet = new ServletHolder(EndpointServlet.of(new BodyEcho()));
    servlet.setAsyncSupported(false);
    context.addServlet(servlet, "/ready/*");
    server.setHandler(context);
    server.start();
    try (RawClient client = new RawClient(connector.getLocalPort())) {
      client.send(post(FORM + "Content-Length: 3\r\n", "a=1"));
      assertThat(client.response()).endsWith("POST without a body");
    } finally {
      server.stop();
    }
  }
}
