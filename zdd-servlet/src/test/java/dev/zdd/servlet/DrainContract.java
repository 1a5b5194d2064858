package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a drain promises on every server, judged by the bytes on its sockets. A test class of a
 * server extends it and adds what only that server has.
 */
@Timeout(60)
abstract class DrainContract {
  private static final Duration NEVER = Duration.ofMinutes(5);

  private static final int MORE_THAN_ANY_SERVER_HAS_THREADS = 300;

  final ContractApplication application = new ContractApplication();
  ServerUnderTest server;

  /** Starts the server, with 0 as its port on 127.0.0.1. */
  abstract ServerUnderTest start(ContractApplication application) throws Exception;

  @BeforeEach
  void startServer() throws Exception {
    server = start(application);
    application.lifecycle.ready();
  }

  @AfterEach
  void stopServer() throws Exception {
    application.release.countDown();
    server.close();
  }

  RawClient connect() throws IOException {
    return new RawClient(server.port());
  }

  /** T0. */
  void signal() {
    application.lifecycle.drain("test");
    server.drain().announce();
  }

  /** T1. */
  void unbind() throws Exception {
    server.drain().unbind();
    application.lifecycle.longLived().leave().forEach(Runnable::run);
  }

  int inFlight() {
    return application.lifecycle.inFlight().count();
  }

  /** T1 to T2, until nothing is open. Returns how many idle connections had to be closed. */
  int settle(Duration idle) {
    AtomicInteger closed = new AtomicInteger();
    await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          closed.addAndGet(server.drain().closeIdle(idle));
          return server.drain().open() == 0;
        });
    return closed.get();
  }

  // ---- who waits for a change

  private RawClient polls(RawClient client, String method) throws IOException {
    int before = application.polls.size();
    String connection = method.equals("HEAD") ? "Connection: close\r\n" : "";
    client.send(
        method + " /ready HTTP/1.1\r\nHost: zdd\r\nPrefer: wait=30\r\n" + connection + "\r\n");
    await().until(() -> application.polls.size() == before + 1);
    return client;
  }

  @Test
  void whoWaitsForAChangeIsToldWithTheSignalAndHoldsNothingUp() throws Exception {
    try (RawClient client = connect();
        RawClient head = connect()) {
      polls(client, "GET");
      polls(head, "HEAD");
      assertThat(inFlight()).isZero();

      long t0 = System.nanoTime();
      signal();

      assertThat(client.response()).startsWith("HTTP/1.1 503").endsWith("\r\n\r\nleaving\n");
      System.out.printf("told %d ms after the signal%n", (System.nanoTime() - t0) / 1_000_000);
      assertThat(head.untilEnd())
          .startsWith("HTTP/1.1 503")
          .containsIgnoringCase("Content-Length: 8\r\n")
          .endsWith("\r\n\r\n");
    }
    unbind();
    settle(NEVER);
  }

  @Test
  void whoWaitsInVainIsToldWithoutALengthAndMayAskAgain() throws Exception {
    try (RawClient client = connect()) {
      polls(client, "GET");
      application.polls.remove().complete(new EndpointResponse(304, List.of(), new byte[0]));
      assertThat(client.response())
          .startsWith("HTTP/1.1 304")
          .doesNotContainIgnoringCase("Content-Length")
          .doesNotContainIgnoringCase("Transfer-Encoding");
      assertThat(client.get("/ready").response()).startsWith("HTTP/1.1 200");
      polls(client, "GET");
      application.polls.remove().completeExceptionally(new IllegalStateException("on purpose"));
      assertThat(client.response()).startsWith("HTTP/1.1 503"); // Tomcat closes after any 503
    }
  }

  // ---- Connection: close

  @Test
  void servesNormallyAfterTheSignalAndSaysConnectionClose() throws Exception {
    try (RawClient old = connect()) {
      assertThat(old.get("/").response()).startsWith("HTTP/1.1 200").doesNotContain("close");

      signal();

      assertThat(old.get("/").untilEnd())
          .startsWith("HTTP/1.1 200")
          .containsOnlyOnce("Connection: close")
          .endsWith("ok");
      try (RawClient fresh = connect()) {
        assertThat(fresh.get("/").untilEnd())
            .startsWith("HTTP/1.1 200")
            .containsOnlyOnce("Connection: close")
            .endsWith("ok");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/held", "/held-empty", "/held-big", "/async"})
  void saysConnectionCloseOnARequestThatBeganBeforeTheSignal(String path) throws Exception {
    try (RawClient client = connect()) {
      client.get(path);
      await().until(() -> application.calls.get() == 1 && inFlight() == 1);

      signal();
      application.release.countDown();

      String response = client.untilEnd();
      assertThat(response).startsWith("HTTP/1.1 20").containsOnlyOnce("Connection: close");
      if (!path.equals("/held-empty")) {
        assertThat(response).endsWith("ok");
      }
      await().until(() -> inFlight() == 0);
    }
    assertThat(settle(NEVER)).isZero();
  }

  /** Without a length only the chunks tell a client that it has got everything. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void keepsTheChunksOfAResponseThatSaysConnectionClose(boolean begunBefore) throws Exception {
    try (RawClient client = connect()) {
      if (begunBefore) {
        client.get("/held-chunked");
        await().until(() -> inFlight() == 1);
        signal();
      } else {
        signal();
        client.get("/held-chunked");
      }
      application.release.countDown();

      assertThat(client.untilEnd())
          .startsWith("HTTP/1.1 200")
          .containsOnlyOnce("Connection: close")
          .containsIgnoringCase("Transfer-Encoding: chunked")
          .endsWith("ok\r\n0\r\n\r\n");
    }
  }

  @Test
  void answersThePipelinedRequestsThatHaveBeenReadAndSaysCloseOnTheLast() throws Exception {
    try (RawClient client = connect()) {
      client.get("/").response();
      signal();
      String one = "GET / HTTP/1.1\r\nHost: zdd\r\n\r\n";
      client.send(one + one + one);

      assertThat(client.response()).startsWith("HTTP/1.1 200").doesNotContain("close");
      assertThat(client.response()).startsWith("HTTP/1.1 200").doesNotContain("close");
      assertThat(client.untilEnd()).startsWith("HTTP/1.1 200").contains("Connection: close");
      assertThat(application.calls).hasValue(4);
    }
  }

  @Test
  void answersARequestThatWasReadBehindOneInFlightAtTheSignal() throws Exception {
    try (RawClient client = connect()) {
      client.send(
          "GET /held HTTP/1.1\r\nHost: zdd\r\n\r\n" + "GET / HTTP/1.1\r\nHost: zdd\r\n\r\n");
      await().until(() -> inFlight() == 1);
      signal();
      application.release.countDown();

      assertThat(client.response()).startsWith("HTTP/1.1 200").doesNotContain("close");
      assertThat(client.untilEnd()).startsWith("HTTP/1.1 200").contains("Connection: close");
      assertThat(application.calls).hasValue(2);
    }
  }

  /** RFC 9112 section 9.6: after the close nothing more is carried out, and nothing is reset. */
  @Test
  void doesNotBeginARequestThatComesBehindTheLastOne() throws Exception {
    try (RawClient client = connect()) {
      signal();
      client.get("/held");
      await().until(() -> inFlight() == 1);
      client.get("/");
      application.release.countDown();

      assertThat(client.response())
          .startsWith("HTTP/1.1 200")
          .contains("Connection: close")
          .endsWith("ok");
      assertThat(client.untilEnd()).isEmpty();
      assertThat(application.calls).hasValue(1);
    }
  }

  // all threads are busy | a request comes, and waits in its socket | the drain looks for idle ones
  @Test
  void answersRequestsThatWaitForAThread() throws Exception {
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < MORE_THAN_ANY_SERVER_HAS_THREADS; i++) {
        clients.add(connect().get("/held"));
      }
      await().until(() -> inFlight() > 0);
      signal();
      unbind();
      for (int polls = 0; polls < 20; polls++) {
        assertThat(server.drain().closeIdle(Duration.ZERO)).isZero();
        TimeUnit.MILLISECONDS.sleep(20); // the drain's pace
      }

      application.release.countDown();

      for (RawClient client : clients) {
        assertThat(client.response()).startsWith("HTTP/1.1 200").endsWith("ok");
      }
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
    settle(NEVER);
  }

  // ---- the last byte

  @Test
  void finishesARequestInFlightToTheLastByte() throws Exception {
    try (RawClient slow = connect()) {
      slow.get("/big");
      await().until(() -> application.calls.get() == 1);
      signal();
      unbind();

      // Nobody reads, so the response is stuck in the kernel's buffers: not idle, not over.
      await().until(() -> server.drain().open() == 1);
      assertThat(server.drain().closeIdle(Duration.ofNanos(1))).isZero();

      String response = slow.response();
      assertThat(response.length()).isGreaterThan(ContractApplication.MORE_THAN_THE_KERNEL_TAKES);
      assertThat(response).endsWith("ok");
    }
    settle(Duration.ofMillis(20));
  }

  @Test
  void finishesAStreamThatBeganBeforeTheSignal() throws Exception {
    try (RawClient client = connect()) {
      client.get("/stream");
      await().until(() -> inFlight() == 1);
      signal();
      unbind();
      // On Jetty the connections that have called the acceptors out go first.
      await().until(() -> server.drain().open() == 1);
      assertThat(server.drain().closeIdle(Duration.ZERO)).isZero();
      application.release.countDown();
      client.socket().shutdownOutput();

      assertThat(client.untilEnd())
          .startsWith("HTTP/1.1 200")
          .contains("begun")
          .contains("ended")
          .endsWith("0\r\n\r\n");
    }
    settle(Duration.ofMillis(20));
  }

  @Test
  void answersAnUploadWhoseBodyNobodyReads() throws Exception {
    signal();
    try (RawClient client = connect()) {
      int piece = 1 << 14;
      int length = 300 * piece;
      client.send("POST /unread HTTP/1.1\r\nHost: zdd\r\nContent-Length: " + length + "\r\n\r\n");
      client.send("x".repeat(piece));
      await().until(() -> application.calls.get() == 1);
      // The answer is on its way, and the client goes on sending for longer than the JDK puts a
      // close off (until the selector has let go of the channel): a reset would end that.
      for (int sent = 1; sent < 300; sent++) {
        client.send("x".repeat(piece));
        TimeUnit.MILLISECONDS.sleep(5);
      }

      assertThat(client.untilEnd())
          .startsWith("HTTP/1.1 200")
          .contains("Connection: close")
          .endsWith("ok");
    }
    assertThat(settle(NEVER)).isZero();
  }

  @Test
  void holdsItsDeadlineAgainstAClientThatNeverReads() throws Exception {
    try (RawClient deaf = connect()) {
      deaf.get("/big");
      await().until(() -> application.calls.get() == 1);
      signal();
      unbind();
      await().until(() -> server.drain().open() == 1);

      long start = System.nanoTime();
      server.drain().close();

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      await().until(() -> server.drain().open() == 0);
    }
  }

  @Test
  void endsEventsThatWereToldTo() throws Exception {
    try (RawClient client = connect()) {
      client.get("/events");
      await().until(() -> application.lifecycle.longLived().count() == 1);
      signal();
      assertThat(inFlight()).isEqualTo(1);
      unbind();
      client.socket().shutdownOutput();

      assertThat(client.untilEnd()).contains("data: 1").contains("retry: 10").endsWith("0\r\n\r\n");
      await().until(() -> inFlight() == 0);
    }
    settle(Duration.ofMillis(20));
  }

  // ---- the listener

  @Test
  void refusesNewConnectionsAfterUnbindAndServesTheOpenOnes() throws Exception {
    try (RawClient open = connect()) {
      open.get("/").response();
      int port = server.port();
      signal();
      unbind();

      assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(ConnectException.class);
      assertThat(open.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
    }
    assertThat(settle(NEVER)).isZero();
  }

  /**
   * The interleaving that a plain close loses: the kernel has finished the handshake, the client
   * has sent its request, and the server has not accepted the connection when the listener is told
   * to close.
   */
  @Test
  void servesTheConnectionsThatWereInTheAcceptQueue() throws Exception {
    List<RawClient> queued = new ArrayList<>();
    try {
      server.holdAccepting();
      for (int i = 0; i < 20; i++) {
        queued.add(connect().get("/"));
      }
      assertThat(application.calls).hasValue(0);

      signal();
      unbind();

      for (RawClient client : queued) {
        assertThat(client.untilEnd()).startsWith("HTTP/1.1 200").endsWith("ok");
      }
      assertThat(application.calls).hasValue(20);
    } finally {
      for (RawClient client : queued) {
        client.close();
      }
    }
  }

  // ---- idle connections

  @Test
  void closesIdleConnectionsByAnOrderlyEndOfStreamAndNoOthers() throws Exception {
    try (RawClient idle = connect();
        RawClient unused = connect();
        RawClient busy = connect();
        RawClient async = connect();
        RawClient arriving = connect()) {
      idle.get("/").response();
      busy.get("/held");
      async.get("/async");
      await().until(() -> inFlight() == 2);
      arriving.get("/").response();
      arriving.send("GET / HTTP/1.1\r\nHos");
      await().until(() -> server.drain().open() == 5);
      signal();
      unbind();

      assertThat(server.drain().closeIdle(NEVER)).isZero();
      AtomicInteger closed = new AtomicInteger();
      await()
          .untilAsserted(() ->
              assertThat(closed.addAndGet(server.drain().closeIdle(Duration.ofMillis(50))))
                  .isEqualTo(2));

      assertThat(idle.untilEnd()).isEmpty();
      assertThat(unused.untilEnd()).isEmpty();
      idle.close();
      unused.close();
      await().until(() -> server.drain().open() == 3);
      assertThat(arriving.send("t: zdd\r\n\r\n").untilEnd()).endsWith("ok");
      application.release.countDown();
      assertThat(busy.untilEnd()).endsWith("ok");
      assertThat(async.untilEnd()).endsWith("ok");
      assertThat(closed).hasValue(2);
    }
    assertThat(settle(NEVER)).isZero();
  }

  @Test
  void closesThoseOnlyThatHaveBeenIdleForSoLong() throws Exception {
    try (RawClient longer = connect();
        RawClient shorter = connect()) {
      longer.get("/").response();
      long start = System.nanoTime();
      await().until(() -> System.nanoTime() - start > TimeUnit.MILLISECONDS.toNanos(2100));
      shorter.get("/").response();
      signal();

      assertThat(server.drain().closeIdle(Duration.ofSeconds(2))).isEqualTo(1);

      assertThat(longer.untilEnd()).isEmpty();
      assertThat(shorter.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
    }
  }

  /** A client that never answers the end of our stream. */
  @Test
  void doesNotWaitForAClientThatDoesNotClose() throws Exception {
    try (RawClient idle = connect();
        RawClient told = connect()) {
      idle.get("/").response();
      signal();
      assertThat(told.get("/").untilEnd()).contains("Connection: close");
      unbind();
      assertThat(settle(Duration.ofMillis(10))).isEqualTo(1);
    }
  }

  // ---- HTTP/2 (RFC 9113 section 6.8)

  @Test
  void sendsTheFirstGoAwayAtTheSignalAndServesWhatStillComes() throws Exception {
    assumeTrue(server.speaksHttp2());
    try (RawHttp2 client = new RawHttp2(server.port())) {
      assertThat(client.get(1, "/").body(1)).isEqualTo("ok");
      client.get(3, "/held");
      await().until(() -> inFlight() == 1);
      signal();
      assertThat(client.next().goAway()).isEqualTo("GOAWAY(2147483647, 0)");

      // Was on its way when the first GOAWAY came, on a slow network: served.
      TimeUnit.MILLISECONDS.sleep(50);
      assertThat(client.get(5, "/").body(5)).isEqualTo("ok");
      try (RawHttp2 fresh = new RawHttp2(server.port())) {
        fresh.get(1, "/held");
        await().until(() -> inFlight() == 2);
        unbind(); // by then; not before its first stream
        assertThat(fresh.next().goAway()).isEqualTo("GOAWAY(2147483647, 0)");
      }

      assertThat(server.drain().closeIdle(Duration.ofNanos(1))).isZero();
      application.release.countDown();
      assertThat(client.body(3)).isEqualTo("ok");
      AtomicInteger counted = new AtomicInteger();
      Thread closer = new Thread(() -> counted.set(settle(Duration.ofMillis(50))));
      closer.start();
      assertThat(client.next().goAway()).isEqualTo("GOAWAY(5, 0)");
      assertThat(client.isAtEnd()).isTrue();
      client.close();
      closer.join();
      // The GOAWAY tells the client what was not begun, so nothing was risked.
      assertThat(counted).hasValue(0);
    }
  }

  // ---- WebSocket

  @Test
  void closesWebSocketsWith1001WhenTheListenerIsClosedAndNotBefore() throws Exception {
    assumeTrue(server.hasWebSocket());
    try (RawWebSocket early = new RawWebSocket(server.port(), "/socket")) {
      signal();
      assertThat(early.handshake).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("close");
      early.send(RawWebSocket.TEXT, new byte[] {'a'});
      assertThat(early.next().payload()).containsExactly('a');
      try (RawWebSocket late = new RawWebSocket(server.port(), "/socket")) {
        assertThat(late.handshake).startsWith("HTTP/1.1 101").doesNotContainIgnoringCase("close");
        unbind();
        for (RawWebSocket one : List.of(early, late)) {
          RawWebSocket.Frame close = one.next();
          assertThat(close.opcode()).isEqualTo(RawWebSocket.CLOSE);
          assertThat(close.closeCode()).isEqualTo(1001);
          assertThat(server.drain().closeIdle(Duration.ZERO)).isZero();
          one.send(RawWebSocket.CLOSE, close.payload());
          assertThat(one.isAtEnd()).isTrue();
        }
      }
    }
    assertThat(settle(NEVER)).isZero();
  }

  /** Ended before, it would answer what is on the wire by a reset, which can overtake the close. */
  @Test
  void keepsAWebSocketOpenUntilTheClientHasAnsweredTheClose() throws Exception {
    assumeTrue(server.hasWebSocket());
    try (RawWebSocket client = new RawWebSocket(server.port(), "/socket")) {
      signal();
      unbind();
      RawWebSocket.Frame close = client.next();
      assertThat(close.closeCode()).isEqualTo(1001);
      client.socket.setSoTimeout(200);
      assertThatThrownBy(client::isAtEnd).isInstanceOf(SocketTimeoutException.class);
      client.socket.setSoTimeout(15_000);
      client.send(RawWebSocket.CLOSE, close.payload());
      assertThat(client.isAtEnd()).isTrue();
    }
    assertThat(settle(NEVER)).isZero();
  }

  // ---- the gate and the probes

  @Test
  void neitherCountsNorRefusesProbes() throws Exception {
    try (RawClient probe = connect();
        RawClient client = connect()) {
      assertThat(probe.get("/ready").response()).startsWith("HTTP/1.1 200");
      assertThat(application.lifecycle.inFlight().begun()).isZero();
      signal();
      application.lifecycle.inFlight().close();

      assertThat(client.get("/").untilEnd())
          .startsWith("HTTP/1.1 503")
          .contains("Retry-After: 1", "Cache-Control: no-store")
          .containsOnlyOnce("Connection: close");
      assertThat(application.calls).hasValue(0);
      assertThat(probe.get("/ready").response()).startsWith("HTTP/1.1 503").contains("/ready\n");
    }
  }

  // ---- the end

  @Test
  void cutsWhatIsLeftAndStopsTheServer() throws Exception {
    try (RawClient held = connect();
        RawClient idle = connect()) {
      held.get("/held");
      idle.get("/").response();
      await().until(() -> inFlight() == 1);
      int port = server.port();
      signal();

      server.drain().close();

      assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(ConnectException.class);
      assertThat(ended(held)).doesNotEndWith("ok");
      ended(idle);
      await().until(() -> server.drain().open() == 0);
    }
  }

  /** What came until the connection ended, in whatever way. */
  private static String ended(RawClient client) {
    StringBuilder all = new StringBuilder();
    try {
      byte[] next = new byte[1 << 14];
      for (int n = client.socket().getInputStream().read(next); n >= 0; ) {
        all.append(new String(next, 0, n, StandardCharsets.ISO_8859_1));
        n = client.socket().getInputStream().read(next);
      }
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is still open", e);
    } catch (IOException e) {
      // reset: cut
    }
    return all.toString();
  }

  @Test
  void bearsAServerThatTheApplicationHasStopped() throws Exception {
    server.stopByApplication();
    signal();
    unbind();
    assertThat(server.drain().closeIdle(Duration.ZERO)).isZero();
    assertThat(server.drain().open()).isZero();
    server.drain().close();
    server.stopByApplication();
  }
}
