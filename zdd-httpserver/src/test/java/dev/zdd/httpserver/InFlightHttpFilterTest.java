package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.BasicAuthenticator;
import com.sun.net.httpserver.HttpContext;
import dev.zdd.testing.RawClient;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class InFlightHttpFilterTest {
  @Test
  void countsARequestWhileTheApplicationIsAtWorkAndNamesItWithoutItsQuery() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.get("/held?card=4111");
      await().until(() -> jdk.lifecycle.inFlight().work().size() == 1);
      assertThat(jdk.lifecycle.inFlight().work().get(0).method()).isEqualTo("GET");
      assertThat(jdk.lifecycle.inFlight().work().get(0).target()).isEqualTo("/held");
      assertThat(jdk.lifecycle.inFlight().work().get(0).thread()).isNotNull();

      jdk.release.countDown();
      client.response();

      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void countsARequestThatGoesOnAfterItsHandlerHasReturned() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.get("/async");
      await().until(() -> jdk.filter.goingOn() == 1);
      assertThat(jdk.lifecycle.inFlight().work().get(0).thread()).isNull();

      jdk.release.countDown();
      assertThat(client.response()).endsWith("ok");

      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
      assertThat(jdk.filter.goingOn()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/empty", "/throws", "/short", "/gives-up"})
  void doesNotLeakTheCountOfARequestHoweverItEnds(String path) throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.get(path);
      await().until(() -> jdk.calls.get() == 1);
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
      assertThat(jdk.lifecycle.inFlight().begun()).isEqualTo(1);
      assertThat(jdk.filter.goingOn()).isZero();
    }
  }

  @Test
  void noticesThatARequestWasGivenUpOnAnotherThread() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.get("/gives-up-later");
      await().until(() -> jdk.filter.goingOn() == 1);
      jdk.release.countDown();
      await().until(() -> jdk.filter.goingOn() == 0); // as the drain asks it
      assertThat(jdk.lifecycle.inFlight().count()).isZero();
    }
  }

  @Test
  void countsUntilTheLastByteOfAResponseIsGone() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient slow = jdk.connect()) {
      slow.get("/big");
      await().until(() -> jdk.calls.get() == 1);
      slow.socket().getInputStream().readNBytes(1000);
      // Nobody reads on, so the handler is stuck in write.
      assertThat(jdk.lifecycle.inFlight().count()).isEqualTo(1);
      slow.socket().getInputStream().readNBytes(JdkFixture.BIG - 1000);
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void changesNothingOnTheWireBeforeTheSignal() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      for (int i = 0; i < 3; i++) {
        assertThat(client.get("/").response())
            .startsWith("HTTP/1.1 200")
            .doesNotContainIgnoringCase("connection:");
      }
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.response()).containsIgnoringCase("Connection: keep-alive");
    }
  }

  @Test
  void tellsAClientOfHttp10ThatAsksForItNotToStay() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      jdk.signal();
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
      assertThat(client.untilEnd())
          .containsOnlyOnce("Connection: close")
          .doesNotContain("Connection: keep-alive")
          .endsWith("ok");
    }
  }

  /** The server casts what an authenticator lets through to a class of its own. */
  @Test
  void leavesAnAuthenticatorWhatItNeeds() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      HttpContext secret =
          jdk.server.createContext("/secret", exchange -> JdkFixture.answer(exchange, "ok"));
      secret.getFilters().add(jdk.filter);
      secret.setAuthenticator(
          new BasicAuthenticator("zdd") {
            @Override
            public boolean checkCredentials(String user, String password) {
              return user.equals("a") && password.equals("b");
            }
          });
      assertThat(client.get("/secret").response()).startsWith("HTTP/1.1 401");
      jdk.signal();
      client.send("GET /secret HTTP/1.1\r\nHost: zdd\r\nAuthorization: Basic YTpi\r\n\r\n");
      assertThat(client.untilEnd()).startsWith("HTTP/1.1 200").contains("Connection: close");
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
      assertThat(jdk.lifecycle.inFlight().begun()).isEqualTo(2);
    }
  }

  @Test
  void letsTheApplicationReadAndSetTheConnectionHeader() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      jdk.server
          .createContext(
              "/own",
              exchange -> {
                String before = exchange.getResponseHeaders().getFirst("Connection");
                exchange.getResponseHeaders().add("Connection", "close");
                JdkFixture.answer(exchange, "was " + before);
              })
          .getFilters()
          .add(jdk.filter);
      assertThat(client.get("/own").untilEnd())
          .containsOnlyOnce("Connection: close")
          .endsWith("was null");
    }
  }

  @Test
  void refusesWithAnAnswerOnceTheGateHasClosedButAnswersProbes() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect();
        RawClient probe = jdk.connect()) {
      jdk.signal();
      jdk.lifecycle.inFlight().close();

      assertThat(client.get("/").untilEnd())
          .startsWith("HTTP/1.1 503")
          .containsIgnoringCase("Retry-After: 1")
          .containsIgnoringCase("Cache-Control: no-store")
          .containsOnlyOnce("Connection: close");
      assertThat(jdk.calls).hasValue(0);
      assertThat(probe.get("/ready").response()).startsWith("HTTP/1.1 503").contains("/ready ");
      assertThat(jdk.lifecycle.inFlight().refused()).isEqualTo(1);
    }
  }

  @Test
  void doesNotCountProbes() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient probe = jdk.connect()) {
      assertThat(probe.get("/ready").response()).startsWith("HTTP/1.1 200");
      assertThat(probe.get("/ready/orders-db").response()).contains("/ready/orders-db ");
      assertThat(jdk.lifecycle.inFlight().begun()).isZero();
    }
  }

  @Test
  void answersARequestWhoseBodyTheHandlerDoesNotRead() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      jdk.signal();
      String body = "x".repeat(60_000); // sun.net.httpserver.drainAmount is 64 KiB
      client.send("POST / HTTP/1.1\r\nHost: zdd\r\nContent-Length: " + body.length() + "\r\n\r\n");
      client.send(body);
      assertThat(client.untilEnd()).contains("Connection: close").endsWith("ok");
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
    }
  }

  /** What is left of a request is not a new one: a client that is told "close" sends no more. */
  @Test
  void beginsNoPipelinedRequestAfterTheOneThatSaidClose() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      jdk.signal();
      client.send("GET / HTTP/1.1\r\nHost: zdd\r\n\r\n".repeat(3));
      assertThat(client.untilEnd()).containsOnlyOnce("HTTP/1.1 200").endsWith("ok");
      assertThat(jdk.calls).hasValue(1);
    } catch (IOException e) {
      throw new AssertionError("the response was reset", e);
    }
  }
}
