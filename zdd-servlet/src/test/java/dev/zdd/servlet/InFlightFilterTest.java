package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RawClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class InFlightFilterTest {
  @Test
  void countsARequestWhileTheApplicationIsAtWorkAndNamesItWithoutItsQuery() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      client.get("/held?card=4111");
      await().until(() -> jetty.lifecycle.inFlight().work().size() == 1);
      assertThat(jetty.lifecycle.inFlight().work().get(0).method()).isEqualTo("GET");
      assertThat(jetty.lifecycle.inFlight().work().get(0).target()).isEqualTo("/held");
      assertThat(jetty.lifecycle.inFlight().work().get(0).thread()).isNotNull();

      jetty.release.countDown();
      client.response();

      await().until(() -> jetty.lifecycle.inFlight().count() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/async", "/async-dispatch"})
  void countsAnAsynchronousRequestUntilItIsComplete(String path) throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      client.get(path);
      int dispatches = path.equals("/async") ? 1 : 2;
      await().until(() -> jetty.calls.get() == dispatches);
      await()
          .until(() ->
              jetty.lifecycle.inFlight().count() == 1
                  && jetty.lifecycle.inFlight().work().get(0).thread() == null);

      jetty.release.countDown();
      assertThat(client.response()).endsWith("ok");

      await().until(() -> jetty.lifecycle.inFlight().count() == 0);
      assertThat(jetty.lifecycle.inFlight().begun()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/throws", "/async-timeout"})
  void doesNotLeakTheCountOfARequestThatFails(String path) throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      assertThat(client.get(path).response()).startsWith("HTTP/1.1 500");
      await().until(() -> jetty.lifecycle.inFlight().count() == 0);
      assertThat(jetty.lifecycle.inFlight().begun()).isEqualTo(1);
    }
  }

  @Test
  void refusesWithAnAnswerOnceTheGateHasClosedButAnswersProbes() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect();
        RawClient probe = jetty.connect()) {
      jetty.signal();
      jetty.lifecycle.inFlight().close();

      assertThat(client.get("/").untilEnd())
          .startsWith("HTTP/1.1 503")
          .contains("Retry-After: 1", "Connection: close");
      assertThat(jetty.calls).hasValue(0);
      assertThat(probe.get("/ready").response()).startsWith("HTTP/1.1 503").contains("/ready\n");
      assertThat(jetty.lifecycle.inFlight().refused()).isEqualTo(1);
    }
  }

  @Test
  void doesNotCountProbes() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient probe = jetty.connect()) {
      assertThat(probe.get("/ready").response()).startsWith("HTTP/1.1 200");
      assertThat(probe.get("/ready/orders-db").response()).contains("/ready/orders-db\n");
      assertThat(jetty.lifecycle.inFlight().begun()).isZero();
    }
  }
}
