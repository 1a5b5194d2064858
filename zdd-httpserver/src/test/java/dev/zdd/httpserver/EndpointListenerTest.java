package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndpointListenerTest {
  private static final int IDLE = 1_000;

  // Four times what there are threads for.
  private static final int SLOW = 4 * EndpointThreads.MOST;

  private final List<Socket> crowd = new ArrayList<>();
  private final EndpointListener listener;

  EndpointListenerTest() throws IOException {
    listener = EndpointListener.open(JdkFixture.loopback(), at("/ready"), at("/drain"));
  }

  private static Endpoint at(String path) {
    return request -> {
      if (!request.path().equals(path)) {
        return EndpointResponse.of(404, "text/plain", "unknown\n");
      }
      return request.method().equals("GET") || request.method().equals("HEAD")
          ? EndpointResponse.of(200, "text/plain", path + "\n")
          : EndpointResponse.of(405, "text/plain", "no\n").with("Allow", "GET, HEAD");
    };
  }

  @AfterEach
  void close() throws IOException {
    listener.close();
    for (Socket one : crowd) {
      one.close();
    }
  }

  /** Answers a GET or HEAD of /poll when the test says so. */
  private static final class Polled implements Endpoint {
    final Queue<CompletableFuture<EndpointResponse>> polls = new ConcurrentLinkedQueue<>();

    @Override
    public EndpointResponse handle(EndpointRequest request) {
      return EndpointResponse.of(request.path().equals("/poll") ? 200 : 404, "text/plain", "now\n");
    }

    @Override
    public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
      if (!request.path().equals("/poll") || request.header("Prefer") == null) {
        return null;
      }
      CompletableFuture<EndpointResponse> poll = new CompletableFuture<>();
      polls.add(poll);
      return poll;
    }
  }

  @Test
  void whoWaitsForAChangeHoldsNoThreadAndIsAnsweredWhenItComes() throws Exception {
    Polled polled = new Polled();
    try (EndpointListener waited =
        EndpointListener.open(JdkFixture.loopback(), at("/ready"), polled)) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < SLOW; i++) {
        RawClient client = new RawClient(waited.address().getPort());
        crowd.add(client.socket());
        clients.add(client);
        String method = i == 1 ? "HEAD" : "GET";
        client.send(method + " /poll HTTP/1.1\r\nHost: zdd\r\nPrefer: wait=9\r\n\r\n");
        await().until(() -> polled.polls.size() == clients.size()); // in this order
      }
      try (RawClient other = new RawClient(waited.address().getPort())) {
        assertThat(other.get("/ready").response()).startsWith("HTTP/1.1 200").endsWith("/ready\n");
        assertThat(other.get("/poll").response()).startsWith("HTTP/1.1 200").endsWith("now\n");
      }
      clients.get(4).close(); // and never hears of it
      int i = 0;
      for (CompletableFuture<EndpointResponse> poll : polled.polls) {
        switch (i++) {
          case 2 -> poll.complete(new EndpointResponse(304, List.of(), new byte[0]));
          case 3 -> poll.completeExceptionally(new IllegalStateException("on purpose"));
          default -> poll.complete(EndpointResponse.of(503, "text/plain", "later\n"));
        }
      }
      assertThat(clients.get(0).response()).startsWith("HTTP/1.1 503").endsWith("\r\n\r\nlater\n");
      assertThat(clients.get(1).send("GET /ready HTTP/1.0\r\n\r\n").untilEnd())
          .startsWith("HTTP/1.1 503")
          .containsIgnoringCase("\r\nContent-Length: 6\r\n")
          .contains("\r\n\r\nHTTP/1.1 200");
      assertThat(clients.get(2).response())
          .startsWith("HTTP/1.1 304")
          .doesNotContainIgnoringCase("Content-Length")
          .doesNotContainIgnoringCase("Transfer-Encoding");
      assertThat(clients.get(2).get("/ready").response()).startsWith("HTTP/1.1 200");
      assertThat(clients.get(3).response()).startsWith("HTTP/1.1 503");
      for (int rest = 5; rest < SLOW; rest++) {
        assertThat(clients.get(rest).response()).startsWith("HTTP/1.1 503");
      }
    }
  }

  private RawClient connect() throws IOException {
    return new RawClient(listener.address().getPort());
  }

  @Test
  void theFirstEndpointThatKnowsThePathAnswers() throws Exception {
    try (RawClient client = connect()) {
      assertThat(client.get("/ready").response())
          .startsWith("HTTP/1.1 200 OK\r\n")
          .containsIgnoringCase("\r\nCache-Control: no-store\r\n")
          .endsWith("\r\n\r\n/ready\n");
      assertThat(client.get("/drain").response()).startsWith("HTTP/1.1 200").endsWith("/drain\n");
      assertThat(client.get("/secret").response()).startsWith("HTTP/1.1 404").endsWith("unknown\n");
      client.send("POST /drain HTTP/1.1\r\nHost: zdd\r\nContent-Length: 2\r\n\r\nhi");
      assertThat(client.response())
          .startsWith("HTTP/1.1 405")
          .containsIgnoringCase("\r\nAllow: GET, HEAD\r\n");
      client.send("HEAD /ready HTTP/1.1\r\nHost: zdd\r\nConnection: close\r\n\r\n");
      assertThat(client.untilEnd())
          .startsWith("HTTP/1.1 200")
          .containsIgnoringCase("\r\nContent-Length: 7\r\n")
          .endsWith("\r\n\r\n");
    }
  }

  @Test
  void saysWhichAddressCannotBeHadAndWhatWasExpected() {
    InetSocketAddress taken = listener.address();
    assertThatThrownBy(() -> EndpointListener.open(taken, at("/ready")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("address: " + taken + " (expected: one of this machine, and a port")
        .hasMessageContaining("in use");
    InetSocketAddress nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 0);
    assertThatThrownBy(() -> EndpointListener.open(nowhere, at("/ready")))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("address: nowhere.invalid/<unresolved>:0 (expected: ");
  }

  @Test
  void itsPortIsFreeAtOnceWhenItIsClosed() throws Exception {
    try (RawClient client = connect()) {
      client.get("/ready").response();
      listener.close();
      EndpointListener.open(listener.address(), at("/ready")).close();
    }
  }

  @Test
  void itsThreadsAreDaemons() throws Exception {
    try (RawClient client = connect()) {
      client.get("/ready").response();
      assertThat(Thread.getAllStackTraces().keySet())
          .filteredOn(one ->
              one.getName().startsWith("HTTP-Dispatcher") || one.getName().startsWith("zdd-endpoi"))
          .hasSizeGreaterThanOrEqualTo(3)
          .allMatch(Thread::isDaemon);
    }
  }

  @Test
  void answersWhileAThousandConnectionsAreIdle() throws Exception {
    crowd(IDLE, "");
    answers();
    assertThat(threads()).isLessThanOrEqualTo(EndpointThreads.MOST);
  }

  @Test
  void answersWhileMoreHeadsArriveByteByByteThanThereAreThreads() throws Exception {
    crowd(SLOW, "GET /ready HTTP/1.1\r\nHost: ");
    answersThoughOthersHoldTheThreads();
    for (Socket one : crowd) {
      try {
        one.getOutputStream().write('z');
      } catch (IOException e) {
        // Cut: that is how others got its thread.
      }
    }
    answersThoughOthersHoldTheThreads();
    assertThat(threads()).isLessThanOrEqualTo(EndpointThreads.MOST);
  }

  @Test
  void answersWhileMoreClientsDoNotReadThanThereAreThreads() throws Exception {
    String requests = "GET /ready HTTP/1.1\r\nHost: zdd\r\n\r\n".repeat(64);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < SLOW; i++) {
      Socket one = new Socket();
      one.setReceiveBufferSize(1_024);
      one.connect(listener.address());
      crowd.add(one);
      Thread writer = new Thread(() -> writeForEver(one, requests));
      writer.setDaemon(true);
      writer.start();
      writers.add(writer);
    }
    answersThoughOthersHoldTheThreads();
    answersThoughOthersHoldTheThreads();
  }

  private static void writeForEver(Socket socket, String requests) {
    try {
      while (true) {
        socket.getOutputStream().write(requests.getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException e) {
      // Cut, or the test is over.
    }
  }

  private void crowd(int size, String says) throws IOException {
    for (int i = 0; i < size; i++) {
      RawClient one = connect();
      crowd.add(one.socket());
      one.send(says);
    }
  }

  private void answers() throws IOException {
    try (RawClient client = connect()) {
      assertThat(client.get("/ready").response()).startsWith("HTTP/1.1 200");
    }
  }

  // Who holds a thread for long is cut while others wait for one, and on a machine that stands
  // still a probe may be among those. It is told by a connection that ends, at once; three times in
  // a row would be more than that.
  private void answersThoughOthersHoldTheThreads() throws IOException {
    long start = System.nanoTime();
    int cut = 0;
    while (true) {
      try {
        answers();
        break;
      } catch (SocketTimeoutException e) {
        throw e;
      } catch (IOException e) {
        cut++;
        assertThat(cut).describedAs("probes cut in a row").isLessThan(3);
      }
    }
    System.out.printf(
        "answered after %d ms beside %d others, %d cut%n",
        (System.nanoTime() - start) / 1_000_000, crowd.size(), cut);
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(one -> one.getName().matches("zdd-endpoint-[0-9]+"))
        .count();
  }

  @Test
  void anExchangeThatTakesTooLongIsCutThoughNobodyWaits() {
    try (RunsTooLong stuck = new RunsTooLong()) {
      await().untilAsserted(() -> assertThat(stuck.interrupted).isTrue());
    }
  }

  private static final class RunsTooLong implements AutoCloseable {
    final EndpointThreads threads = new EndpointThreads(5);
    volatile boolean interrupted;

    RunsTooLong() {
      threads.execute(() -> {
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      });
    }

    @Override
    public void close() {
      threads.close();
    }
  }
}
