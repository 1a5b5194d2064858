package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.OS;

@Timeout(120)
class ListenerTest {
  private static final int ROUNDS = holdsBack() ? 6 : 30; // there each takes seconds
  private static final int BOUND = holdsBack() ? 0 : ROUNDS / 15; // closes with a loss
  private static final int CLIENTS = 8;
  private static final int BURST = 8;

  /** What happened to the connections of some closes. */
  private static final class Outcome {
    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
  }

  /** Whether the kernel can be told to take no connections in the moment of the close. */
  static boolean holdsBack() {
    return OS.LINUX.isCurrentOs() && Runtime.version().feature() >= 22;
  }

  @Test
  void servesWhatWaitsInTheAcceptQueue() throws Exception {
    closeUponAFullQueue(NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  @Test
  void servesWhatWaitsInTheAcceptQueueOfEpoll() throws Exception {
    assumeThat(Epoll.isAvailable()).isTrue();
    closeUponAFullQueue(EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
  }

  /** A handler that is added on another thread is passed over until the loop has come to it. */
  @Test
  void isTakenInWhenItsLoopKnows() throws Exception {
    EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    CountDownLatch release = new CountDownLatch(1);
    try {
      Channel listener =
          new ServerBootstrap()
              .group(loop)
              .channel(NioServerSocketChannel.class)
              .childHandler(new ChannelInboundHandlerAdapter())
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      var unused =
          loop.submit(() -> {
            release.await();
            return null;
          });
      Thread taking = new Thread(() -> NettyDrain.of(new Lifecycle()).listener(listener));
      taking.start();
      await().until(taking::getState, Thread.State.TIMED_WAITING::equals);
      release.countDown();
      taking.join();
    } finally {
      release.countDown();
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }

  private static void closeUponAFullQueue(
      IoHandlerFactory io, Class<? extends ServerChannel> transport) throws Exception {
    try (var server = TestServer.onOneLoop(io, transport)) {
      CountDownLatch release = new CountDownLatch(1);
      server.blockWorkers(release);
      List<Client> clients = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        clients.add(server.client().get("/queued" + i));
      }
      Thread releaser =
          new Thread(() -> {
            await().until(server::tasksWait);
            release.countDown();
          });
      releaser.start();
      server.drain.unbind();
      releaser.join();
      for (int i = 0; i < 40; i++) {
        try (Client client = clients.get(i)) {
          assertThat(client.answer().body()).isEqualTo("/queued" + i);
        }
      }
    }
  }

  // Not quite "every" on a JDK that cannot hold connections back: there a handshake that completes
  // between the last accept and the close is the kernel's to reset, and on a busy machine the
  // thread may be stopped right there. A plain close() in place of unbind() loses some in nine
  // rounds of ten with NIO, in every one with epoll.
  @Test
  void answersEveryConnectionThatTheKernelHasAccepted() throws Exception {
    closeInAStorm(NioIoHandler.newFactory(), NioServerSocketChannel.class);
  }

  @Test
  void answersEveryConnectionThatTheKernelHasAcceptedForEpoll() throws Exception {
    assumeThat(Epoll.isAvailable()).isTrue();
    closeInAStorm(EpollIoHandler.newFactory(), EpollServerSocketChannel.class);
  }

  private static void closeInAStorm(IoHandlerFactory io, Class<? extends ServerChannel> transport)
      throws Exception {
    int closesWithLoss = 0;
    List<String> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      Outcome outcome = new Outcome();
      try (var server = TestServer.onOneLoop(io, transport)) {
        hammer(server, outcome);
      }
      assertThat(outcome.refused).hasValue(CLIENTS);
      assertThat(outcome.answered).hasPositiveValue();
      closesWithLoss += outcome.lost.get() > 0 ? 1 : 0;
      rounds.add(outcome.answered + " answered, " + outcome.lost + " lost");
    }
    assertThat(closesWithLoss).describedAs("%s", rounds).isLessThanOrEqualTo(BOUND);
  }

  private static void hammer(TestServer server, Outcome outcome) throws Exception {
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
    server.drain.announce();
    if (holdsBack()) {
      await().until(server.drain::canTakeNoMore);
    }
    server.drain.unbind();
    for (Thread client : clients) {
      client.join();
    }
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
