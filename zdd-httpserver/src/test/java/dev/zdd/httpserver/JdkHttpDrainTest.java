package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A real server of the JDK, judged by the bytes on its sockets. */
@Timeout(60)
class JdkHttpDrainTest {
  private static final int ROUNDS = Integer.getInteger("zdd.soak.rounds", 50);

  @Test
  void servesNormallyAfterTheSignalAndSaysConnectionClose() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient old = jdk.connect()) {
      assertThat(old.get("/").response()).startsWith("HTTP/1.1 200");

      jdk.signal();

      assertThat(old.get("/").untilEnd())
          .startsWith("HTTP/1.1 200")
          .contains("Connection: close")
          .endsWith("ok");
      try (RawClient fresh = jdk.connect()) {
        assertThat(fresh.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/held", "/async"})
  void saysConnectionCloseOnARequestThatBeganBeforeTheSignal(String path) throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      client.get(path);
      await().until(() -> jdk.lifecycle.inFlight().count() == 1);

      jdk.signal();
      jdk.release.countDown();

      assertThat(client.untilEnd()).contains("Connection: close").endsWith("ok");
    }
  }

  /**
   * The interleaving that the server's own stop loses: it closes every connection when the last
   * exchange ends (JDK 17), or at once if there is none (JDK 25), and the client of a kept-alive
   * connection has a request on the wire.
   */
  @Test
  void servesIdleConnectionsAfterUnbindHoweverManyRequestsHaveEnded() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient first = jdk.connect();
        RawClient second = jdk.connect();
        RawClient unused = jdk.connect()) {
      first.get("/").response();
      second.get("/").response();
      jdk.signal();
      jdk.drain.unbind();

      assertThat(first.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
      assertThat(second.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
      assertThat(unused.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
    }
  }

  @Test
  void finishesARequestThatIsInFlightAndRefusesNewConnections() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient client = jdk.connect()) {
      int port = jdk.port();
      client.get("/held");
      await().until(() -> jdk.lifecycle.inFlight().count() == 1);
      jdk.signal();
      jdk.drain.unbind();

      assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(ConnectException.class);
      assertThat(jdk.drain.open()).isGreaterThanOrEqualTo(1);
      jdk.release.countDown();
      assertThat(client.untilEnd()).endsWith("ok");
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void waitsForARequestWhoseHeadIsStillArriving() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient arriving = jdk.connect()) {
      arriving.send("POST /reads HTTP/1.1\r\nHos");
      jdk.signal();
      jdk.drain.unbind();
      jdk.drain.closeIdle(Duration.ofNanos(1));
      await().until(() -> jdk.drain.open() == 1);

      arriving.send("t: zdd\r\nContent-Length: 6\r\n\r\nabc");
      await().until(() -> jdk.lifecycle.inFlight().count() == 1);
      arriving.send("def");
      assertThat(arriving.untilEnd()).endsWith("read 6");
      await().until(() -> jdk.drain.open() == 0);
    }
  }

  // all threads are busy | requests come, and wait in the executor's queue | the drain looks
  @Test
  void answersRequestsThatWaitForAThread() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    HttpServer server = HttpServer.create(JdkFixture.loopback(), 0);
    try (JdkFixture jdk = new JdkFixture(server, Executors.newFixedThreadPool(2))) {
      for (int i = 0; i < 20; i++) {
        clients.add(jdk.connect().get("/held"));
      }
      await().until(() -> jdk.drain.open() >= 20);
      jdk.signal();
      jdk.drain.unbind();
      for (int polls = 0; polls < 10; polls++) {
        jdk.drain.closeIdle(Duration.ofNanos(1));
        assertThat(jdk.drain.open()).isGreaterThanOrEqualTo(20);
        TimeUnit.MILLISECONDS.sleep(20); // the drain's pace
      }

      jdk.release.countDown();

      for (RawClient client : clients) {
        assertThat(client.untilEnd()).startsWith("HTTP/1.1 200").endsWith("ok");
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void knowsWhenNoConnectionIsLeft() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient idle = jdk.connect();
        RawClient other = jdk.connect()) {
      idle.get("/").response();
      other.get("/").response();
      jdk.signal();
      jdk.drain.unbind();
      await().until(() -> jdk.drain.open() == 2);
      other.get("/").untilEnd();
      await().until(() -> jdk.drain.open() == 1);
      idle.close();
      await().until(() -> jdk.drain.open() == 0);
      assertThat(jdk.drain.closeIdle(Duration.ofNanos(1))).isZero();
    }
  }

  @Test
  void waitsUntilIdleConnectionsHaveBeenIdleForLongEnoughAndClosesThemInOrder() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient idle = jdk.connect()) {
      idle.get("/").response();
      jdk.signal();
      jdk.drain.unbind();
      assertThat(jdk.drain.closeIdle(Duration.ofMinutes(1))).isZero();
      assertThat(jdk.drain.open()).isEqualTo(1);

      int closed = jdk.drain.closeIdle(Duration.ofNanos(1));

      assertThat(closed).isEqualTo(OS.LINUX.isCurrentOs() ? 1 : 0);
      assertThat(jdk.drain.open()).isZero();
      jdk.drain.close();
      assertThat(idle.untilEnd()).isEmpty(); // an orderly end, not a reset
    }
  }

  /** Its head was gone before the signal, so its client does not know, and its connection stays. */
  @Test
  void countsAConnectionThatBecomesIdleLate() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient streaming = jdk.connect()) {
      streaming.get("/streams");
      assertThat(jdk.headSent.await(30, TimeUnit.SECONDS)).isTrue();
      jdk.signal();
      jdk.drain.unbind();
      jdk.drain.closeIdle(Duration.ofNanos(1));
      await().until(() -> jdk.drain.open() == 1);

      jdk.release.countDown();
      assertThat(streaming.response()).doesNotContain("Connection: close").endsWith("okok");
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);

      assertThat(jdk.drain.closeIdle(Duration.ofMinutes(1))).isZero();
      assertThat(jdk.drain.open()).isEqualTo(1);
      assertThat(streaming.get("/").untilEnd()).contains("Connection: close");
    }
  }

  @Test
  void cutsWhatIsLeftAtTheEnd() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient deaf = jdk.connect()) {
      deaf.get("/big");
      await().until(() -> jdk.calls.get() == 1);
      jdk.signal();
      jdk.drain.unbind();
      assertThat(jdk.drain.open()).isGreaterThanOrEqualTo(1);
      jdk.drain.close();
      await().until(() -> jdk.lifecycle.inFlight().count() == 0);
    }
  }

  @Test
  void canBeStoppedTwiceAndWithoutHavingBeenAnnounced() throws Exception {
    try (JdkFixture jdk = new JdkFixture()) {
      jdk.drain.unbind();
      jdk.drain.close();
      jdk.server.stop(0);
    }
  }

  /** A second signal skips the announcement: nothing has been prepared. */
  @Test
  void holdsTheConnectionsWithoutAnAnnouncement() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient idle = jdk.connect()) {
      idle.get("/").response();
      jdk.lifecycle.drain("test");
      jdk.drain.unbind();
      assertThat(idle.get("/").untilEnd()).endsWith("ok");
    }
  }

  /**
   * Handlers run on the thread that accepts (no executor), so that what connects meanwhile stays in
   * the kernel's accept queue: the listener is told to close while it is there.
   */
  @Test
  void servesTheConnectionsThatWereInTheAcceptQueue() throws Exception {
    List<RawClient> queued = new ArrayList<>();
    try (JdkFixture jdk = new JdkFixture(HttpServer.create(JdkFixture.loopback(), 0), null);
        RawClient holding = jdk.connect()) {
      jdk.lifecycle.drain("test");
      holding.get("/held");
      await().until(() -> jdk.lifecycle.inFlight().count() == 1);
      for (int i = 0; i < 20; i++) {
        queued.add(jdk.connect().get("/"));
      }
      CountDownLatch done = new CountDownLatch(1);
      Thread unbinding =
          new Thread(() -> {
            try {
              jdk.drain.unbind();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            } finally {
              done.countDown();
            }
          });
      unbinding.start();
      assertThat(done.await(700, TimeUnit.MILLISECONDS)).isFalse(); // past the wait for the hold
      assertThat(jdk.calls).hasValue(1);
      jdk.release.countDown();
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();

      for (RawClient client : queued) {
        assertThat(client.untilEnd()).startsWith("HTTP/1.1 200").endsWith("ok");
        client.close();
      }
      assertThat(jdk.calls).hasValue(21);
    }
  }

  @Test
  void saysSoWhenTheServerWasStartedTooEarly() throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(0), 0);
    server.start();
    try {
      assertThatThrownBy(
              () -> JdkHttpDrain.of(server, InFlightHttpFilter.of(new dev.zdd.core.Lifecycle())))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("expected: JdkHttpDrain.of before start");
    } finally {
      server.stop(0);
    }
  }

  /**
   * Clients that connect and send one request each, as fast as they can, while the listener closes.
   * The server closes it in its own time, so this counts instead of proving: a soak, run by hand.
   */
  @Tag("soak")
  @Timeout(600)
  @ParameterizedTest
  @CsvSource({"drained,0", "plain,0", "drained,5", "plain,5"})
  void countsWhatIsLostWhenClientsConnectToAClosingListener(String how, int pauseMillis)
      throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(8);
    AtomicInteger answered = new AtomicInteger();
    List<String> lost = new ArrayList<>();
    try {
      for (int round = 0; round < ROUNDS; round++) {
        try (JdkFixture jdk = new JdkFixture()) {
          CountDownLatch running = new CountDownLatch(8);
          List<Future<String>> outcomes = new ArrayList<>();
          int before = answered.get();
          int port = jdk.port();
          for (int i = 0; i < 8; i++) {
            outcomes.add(clients.submit(() -> hammer(port, pauseMillis, running, answered)));
          }
          running.await();
          await().until(() -> answered.get() > before + 40);
          jdk.signal();
          if (how.equals("plain")) {
            new Thread(() -> jdk.server.stop(1)).start(); // for comparison
          } else {
            jdk.drain.unbind();
          }
          for (Future<String> outcome : outcomes) {
            String end = outcome.get(20, TimeUnit.SECONDS);
            if (!end.equals("refused")) {
              lost.add(end);
            }
          }
        }
      }
    } finally {
      clients.shutdownNow();
    }
    System.out.printf(
        "%s, pause %d ms: %d closes, %d answered, %d lost%n",
        how, pauseMillis, ROUNDS, answered.get(), lost.size());
  }

  /**
   * Connects again and again until it is refused; anything but an answer or a refusal is a loss.
   */
  private static String hammer(
      int port, int pauseMillis, CountDownLatch running, AtomicInteger answered)
      throws InterruptedException {
    running.countDown();
    while (true) {
      RawClient client;
      try {
        client = new RawClient(port);
      } catch (IOException e) {
        return "refused";
      }
      try (client) {
        String response = client.get("/").response();
        if (!response.endsWith("ok")) {
          return "answered " + response;
        }
        answered.incrementAndGet();
        Thread.sleep(pauseMillis); // the load, not a wait
      } catch (IOException e) {
        return "lost: " + e;
      }
    }
  }
}
