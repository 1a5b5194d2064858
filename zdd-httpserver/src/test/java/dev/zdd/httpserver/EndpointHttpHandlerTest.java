package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndpointHttpHandlerTest {
  @Test
  void copiesStatusHeadersAndBody() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      assertThat(client.get("/ready?verbose").response())
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("Cache-Control: no-store")
          .containsIgnoringCase("X-Content-Type-Options: nosniff")
          .endsWith("/ready verbose 127.0.0.1\n");
      jdk.signal();
      assertThat(client.get("/ready/a%20b").response())
          .startsWith("HTTP/1.1 503")
          .endsWith("/ready/a b null 127.0.0.1\n");
    }
  }

  @Test
  void answersHeadWithTheLengthAndNoBody() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.send("HEAD /ready HTTP/1.1\r\nHost: zdd\r\nConnection: close\r\n\r\n");
      assertThat(client.untilEnd())
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("Content-Length: 22")
          .endsWith("\r\n\r\n");
    }
  }

  @Test
  void answersAnEmptyBodyWithALengthAndNotInChunks() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      jdk.server.createContext(
          "/nothing",
          EndpointHttpHandler.of(request -> new EndpointResponse(200, List.of(), new byte[0])));
      assertThat(client.get("/nothing").response())
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("Content-Length: 0");
      assertThat(client.get("/nothing").response()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void leavesItToTheEndpointWhichMethodsAreAllowedAndThrowsTheBodyAway() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.send("PATCH /ready HTTP/1.1\r\nHost: zdd\r\nContent-Length: 5\r\n\r\n12345");
      assertThat(client.response()).startsWith("HTTP/1.1 200").contains("/ready ");
      assertThat(client.get("/ready").response()).startsWith("HTTP/1.1 200");
    }
  }
}
