package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An endpoint that wants a request's body, on the JDK's server and on a port for probes. */
@Timeout(60)
class RequestBodyTest {
  private static String post(String headers, String body) {
    return "POST /form HTTP/1.1\r\nHost: zdd\r\n" + headers + "\r\n" + body;
  }

  @Test
  void getsABodyUpToItsBoundHoweverItComesAndTheConnectionGoesOn() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      jdk.server.createContext("/form", EndpointHttpHandler.of(new BodyEcho()));
      client.send(post("Content-Length: 10\r\n", "a=1234&b=5"));
      assertThat(client.response()).startsWith("HTTP/1.1 200").endsWith("\r\n\r\nPOST a=1234&b=5");
      client.send(post("Transfer-Encoding: chunked\r\n", "2\r\na=\r\n3\r\n123\r\n0\r\n\r\n"));
      assertThat(client.response()).endsWith("\r\n\r\nPOST a=123");
      client.send(post("Content-Length: 11\r\n", "12345678901"));
      assertThat(client.response()).startsWith("HTTP/1.1 413").endsWith("too long");
      assertThat(client.get("/form").response()).endsWith("GET without a body");
      client.send(post("Content-Type: none\r\nContent-Length: 3\r\n", "abc"));
      assertThat(client.response()).endsWith("POST without a body");
    }
  }

  @Test
  void isFoundAmongTheEndpointsOfAListener() throws Exception {
    try (EndpointListener listener =
            EndpointListener.open(
                JdkFixture.loopback(),
                request -> EndpointResponse.of(404, "text/plain", "unknown"),
                new BodyEcho());
        RawClient client = new RawClient(listener.address().getPort())) {
      client.send(post("Content-Length: 3\r\n", "a=1"));
      assertThat(client.response()).endsWith("POST a=1");
    }
  }
}
