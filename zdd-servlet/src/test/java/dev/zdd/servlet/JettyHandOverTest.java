package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One process follows another on one machine while clients connect as fast as they can. */
@Timeout(180)
class JettyHandOverTest {
  /** Clients that send one request on each connection. */
  private static final class Storm implements AutoCloseable {
    final Map<String, AtomicInteger> answered = new ConcurrentHashMap<>();
    final List<String> refused = new CopyOnWriteArrayList<>();
    final List<String> lost = new CopyOnWriteArrayList<>();
    private final Thread[] clients = new Thread[4];
    private volatile boolean over;

    Storm(int port) {
      for (int i = 0; i < clients.length; i++) {
        clients[i] = new Thread(() -> run(port));
        clients[i].start();
      }
    }

    private void run(int port) {
      while (!over) {
        RawClient client;
        try {
          client = new RawClient(port);
        } catch (IOException e) {
          refused.add(e.toString());
          continue;
        }
        try (client) {
          String response = client.get("/").response();
          answered
              .computeIfAbsent(response.split("\r\n\r\n")[1], name -> new AtomicInteger())
              .incrementAndGet();
        } catch (IOException e) {
          lost.add(e.toString());
        }
      }
    }

    int by(String name) {
      return answered.getOrDefault("ok " + name, new AtomicInteger()).get();
    }

    void awaitMoreBy(String name) throws InterruptedException {
      int enough = by(name) + 50;
      long start = System.nanoTime();
      while (by(name) < enough) {
        assertThat(System.nanoTime() - start)
            .as("no answers by " + name)
            .isLessThan(60_000_000_000L);
        Thread.sleep(5);
      }
    }

    @Override
    public void close() throws InterruptedException {
      over = true;
      for (Thread client : clients) {
        client.join();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void losesNothingOnAnInheritedListener(String acceptors) throws Exception {
    assumeTrue(hasPython(), "python3 starts the processes");
    try (HandOverChildren children = new HandOverChildren()) {
      long old = children.startWithListener("old", "inherit", acceptors);
      int port = children.awaitReady("old");
      Storm storm = new Storm(port);
      try (storm) {
        storm.awaitMoreBy("old");
        children.startWithListener("new", "inherit", acceptors);
        children.awaitReady("new");

        children.terminate(old);

        storm.awaitMoreBy("new");
      }
      System.out.println("inherited, acceptors " + acceptors + ": " + storm.answered);
      assertThat(storm.refused).isEmpty();
      assertThat(storm.lost).isEmpty();
      children.awaitSaid("old drained, open 0");
      if (acceptors.equals("0")) {
        // Jetty closes the channel if it has acceptors, and with it the JDK standard output.
        children.awaitSaid("old closed");
      }
    }
  }

  /** What the first has taken nobody else gets, but what waits is there for the second. */
  @Test
  void leavesWhatWaitsOnAnInheritedListenerToTheSuccessorThatStartsLater() throws Exception {
    assumeTrue(hasPython(), "python3 starts the processes");
    try (HandOverChildren children = new HandOverChildren()) {
      long old = children.startWithListener("old", "inherit", "0");
      int port = children.awaitReady("old");
      children.terminate(old);
      try (RawClient waiting = new RawClient(port).get("/")) {
        waiting.socket().setSoTimeout(60_000);
        children.startWithListener("new", "inherit", "0");
        assertThat(waiting.response()).endsWith("ok new");
      }
    }
  }

  /**
   * Here the two have a queue each. The old one's is emptied before it is closed; what the kernel
   * puts there between the last accept and the close is reset (net.ipv4.tcp_migrate_req = 0).
   */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void refusesNobodyAndLosesNextToNothingWithReusePort(String acceptors) throws Exception {
    try (HandOverChildren children = new HandOverChildren()) {
      long old = children.start("old", "reuse", acceptors, "0");
      int port = children.awaitReady("old");
      Storm storm = new Storm(port);
      try (storm) {
        storm.awaitMoreBy("old");
        children.start("new", "reuse", acceptors, Integer.toString(port));
        children.awaitReady("new");
        storm.awaitMoreBy("new");
        storm.awaitMoreBy("old");

        children.terminate(old);

        storm.awaitMoreBy("new");
      }
      System.out.println(
          "reuse port, acceptors " + acceptors + ": " + storm.answered + ", lost " + storm.lost);
      assertThat(storm.refused).isEmpty();
      assertThat(storm.lost).as("at most one for each client").hasSizeLessThanOrEqualTo(4);
      children.awaitSaid("old drained, open 0");
    }
  }

  private static boolean hasPython() {
    try {
      return new ProcessBuilder("python3", "-c", "").start().waitFor() == 0;
    } catch (IOException | InterruptedException e) {
      return false;
    }
  }
}
