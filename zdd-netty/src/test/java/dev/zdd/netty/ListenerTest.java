package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ListenerTest {
  private static final int ROUNDS = Integer.getInteger("zdd.test.rounds", 30);
  private static final int CLIENTS = 8;
  private static final int BURST = 8;
  private static final boolean PLAIN = Boolean.getBoolean("zdd.test.plain-close");

  /** What happened to the connections of one close. */
  private static final class Outcome {
    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
  }

  @Test
  void answersEveryConnectionThatTheKernelAcceptedBeforeTheListenerCloses() throws Exception {
    int answered = 0;
    int lost = 0;
    int closesWithLoss = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Outcome outcome = hammerAndClose();
      answered += outcome.answered.get();
      lost += outcome.lost.get();
      closesWithLoss += outcome.lost.get() > 0 ? 1 : 0;
      assertThat(outcome.refused.get()).isEqualTo(CLIENTS);
    }
    System.out.printf(
        "%d closes under %d clients: %d answered, %d lost in %d closes%n",
        ROUNDS, CLIENTS, answered, lost, closesWithLoss);
    // Not zero: a handshake that completes between the last accept and the close is the kernel's
    // to reset, and on a busy machine the thread may be stopped right there. A plain close() loses
    // some in two rounds of three.
    assertThat(closesWithLoss).isLessThanOrEqualTo(Math.max(1, ROUNDS / 10));
  }

  private static Outcome hammerAndClose() throws Exception {
    Outcome outcome = new Outcome();
    try (var server = new TestServer()) {
      int port = server.port();
      CountDownLatch warm = new CountDownLatch(CLIENTS);
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Thread client = new Thread(() -> connectUntilRefused(port, warm, outcome));
        client.start();
        clients.add(client);
      }
      warm.await();
      server.lifecycle.drain("test");
      if (PLAIN) {
        server.listener.close().sync();
      } else {
        server.drain.unbind();
      }
      for (Thread client : clients) {
        client.join();
      }
    }
    return outcome;
  }

  // In bursts, so that the accept queue is rarely empty: a few connections at once, then a request
  // on each.
  private static void connectUntilRefused(int port, CountDownLatch warm, Outcome outcome) {
    boolean refused = false;
    for (int burst = 0; !refused; burst++) {
      if (burst == 2) {
        warm.countDown();
      }
      List<Client> clients = new ArrayList<>();
      while (clients.size() < BURST && !refused) {
        try {
          clients.add(new Client(port));
        } catch (ConnectException e) {
          refused = true;
          outcome.refused.incrementAndGet();
        } catch (IOException e) {
          outcome.lost.incrementAndGet(); // established, and reset before connect() returned
        }
      }
      for (Client client : clients) {
        order(client, outcome);
      }
    }
  }

  private static void order(Client client, Outcome outcome) {
    try (client) {
      client.send("POST /echo HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
      client.answer();
      client.rest();
      outcome.answered.incrementAndGet();
    } catch (IOException e) {
      outcome.lost.incrementAndGet();
    }
  }
}
