package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointResponse;
import org.eclipse.jetty.ee11.servlet.ServletHolder;
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
}
