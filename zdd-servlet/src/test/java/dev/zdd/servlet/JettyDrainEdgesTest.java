package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ProxyConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are slow, silent or hostile, connectors of other kinds, and stops by others. */
@Timeout(60)
class JettyDrainEdgesTest {
  @TempDir static Path keys;

  @Test
  void drainsHttp1UnderTls() throws Exception {
    try (JettyFixture jetty = JettyFixture.tls(TestKeys.in(keys))) {
      int port = jetty.connector.getLocalPort();
      try (RawClient idle = new RawClient(TestKeys.connect(port, "http/1.1"));
          RawClient busy = new RawClient(TestKeys.connect(port, "http/1.1"))) {
        assertThat(idle.get("/").response()).endsWith("ok");
        busy.get("/held");
        await().until(() -> jetty.lifecycle.inFlight().count() == 1);
        jetty.signal();
        jetty.drain.unbind();
        AtomicInteger closed = new AtomicInteger();
        await()
            .untilAsserted(() ->
                assertThat(closed.addAndGet(jetty.drain.closeIdle(Duration.ofMillis(50))))
                    .isEqualTo(1));
        assertThat(idle.untilEnd()).isEmpty();
        idle.close();
        jetty.release.countDown();
        assertThat(busy.untilEnd()).contains("Connection: close").endsWith("ok");
        busy.close();
        await().until(() -> jetty.drain.open() == 0);
      }
    }
  }

  @Test
  void drainsEachOfSeveralConnectorsAlsoBehindAProxyProtocol() throws Exception {
    try (JettyFixture jetty =
        new JettyFixture(
            server -> {
              ServerConnector second =
                  new ServerConnector(
                      server,
                      1,
                      1,
                      new ProxyConnectionFactory("http/1.1"),
                      new HttpConnectionFactory());
              second.setHost("127.0.0.1");
              server.addConnector(second);
              return new ServerConnector(server, 0, 1);
            },
            context -> {})) {
      int second = ((ServerConnector) jetty.server.getConnectors()[0]).getLocalPort();
      int first = jetty.connector.getLocalPort();
      try (RawClient proxied = new RawClient(second);
          RawClient idle = new RawClient(second);
          RawClient plain = new RawClient(first)) {
        String proxy = "PROXY TCP4 192.0.2.1 192.0.2.2 4000 80\r\n";
        assertThat(proxied.send(proxy).get("/").response()).endsWith("ok");
        assertThat(idle.send(proxy).get("/").response()).endsWith("ok");
        assertThat(plain.get("/").response()).endsWith("ok");
        jetty.signal();
        jetty.drain.unbind();
        assertThatThrownBy(() -> new RawClient(first)).isInstanceOf(ConnectException.class);
        assertThatThrownBy(() -> new RawClient(second)).isInstanceOf(ConnectException.class);
        assertThat(proxied.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
        assertThat(plain.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
        proxied.close();
        plain.close();
        await().until(() -> jetty.drain.open() == 1);
        await().until(() -> jetty.drain.closeIdle(Duration.ofMillis(50)) == 1);
        assertThat(idle.untilEnd()).isEmpty();
        idle.close();
        await().until(() -> jetty.drain.open() == 0);
      }
    }
  }

  /**
   * With SO_REUSEPORT the kernel chooses the listener, so most of the connections that are to wake
   * an acceptor land at the ten others, and none comes from a client.
   */
  @Test
  void callsTheAcceptorsOutAlsoWhenOthersListenOnThePort() throws Exception {
    List<ServerSocketChannel> others = new ArrayList<>();
    try (JettyFixture jetty =
        new JettyFixture(
            server -> {
              ServerConnector connector = new ServerConnector(server, 2, 1);
              connector.setReusePort(true);
              return connector;
            },
            context -> {})) {
      for (int i = 0; i < 10; i++) {
        ServerSocketChannel other = ServerSocketChannel.open();
        others.add(other);
        other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
        other.bind(new InetSocketAddress("127.0.0.1", jetty.connector.getLocalPort()), 1024);
      }
      jetty.signal();
      jetty.drain.unbind();
      assertThat(jetty.connector.isOpen()).isFalse();
      await().until(() -> jetty.drain.open() == 0);
    } finally {
      for (ServerSocketChannel other : others) {
        other.close();
      }
    }
  }

  /** When all threads are busy it would stay open, and be taken for an idle client's. */
  @Test
  void makesNothingOfTheConnectionsThatCallTheAcceptorsOut() throws Exception {
    Queue<Connection> opened = new ConcurrentLinkedQueue<>();
    try (JettyFixture jetty =
            new JettyFixture(
                server -> {
                  ServerConnector connector = new ServerConnector(server, 3, 1);
                  connector.addEventListener(
                      new Connection.Listener() {
                        @Override
                        public void onOpened(Connection connection) {
                          opened.add(connection);
                        }
                      });
                  return connector;
                },
                context -> {});
        RawClient client = jetty.connect().get("/held")) {
      await().until(() -> jetty.lifecycle.inFlight().count() == 1);
      jetty.signal();
      jetty.drain.unbind();
      await().until(() -> jetty.drain.open() == 1);
      assertThat(opened).hasSize(1);
      jetty.release.countDown();
      assertThat(client.untilEnd()).endsWith("ok");
    }
  }

  /** It has begun to arrive, so it is in flight: only the end of the server cuts it. */
  @Test
  void leavesHalfARequestHeadOpenUntilClose() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient half = jetty.connect().send("GET / HTTP/1.1\r\nHos")) {
      await().until(() -> jetty.drain.open() == 1);
      jetty.signal();
      jetty.drain.unbind();
      await().until(() -> jetty.drain.open() == 1);
      long until = System.nanoTime() + Duration.ofMillis(300).toNanos();
      await()
          .until(() -> {
            assertThat(jetty.drain.closeIdle(Duration.ofMillis(10))).isZero();
            return System.nanoTime() > until;
          });
      assertThat(jetty.drain.open()).isEqualTo(1);
      jetty.drain.close();
      assertThat(jetty.drain.open()).isZero();
      endsSomehow(half);
    }
  }

  /** A byte a second is the same, however long it lasts. */
  @Test
  void servesARequestThatTricklesIn() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient slow = jetty.connect()) {
      jetty.signal();
      jetty.drain.unbind();
      for (byte one : "GET / HTTP/1.1\r\nHost: zdd\r\n\r\n".getBytes()) {
        slow.send(String.valueOf((char) one));
        assertThat(jetty.drain.closeIdle(Duration.ofSeconds(30))).isZero();
        Thread.sleep(20); // the client's pace
      }
      assertThat(slow.untilEnd()).startsWith("HTTP/1.1 200").endsWith("ok");
    }
  }

  /** The body is never read; a close with bytes unread would be a reset, and eat the response. */
  @Test
  void deliversTheResponseToAnUploadThatNobodyReads() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      jetty.signal();
      jetty.drain.unbind();
      int length = 4 << 20;
      client.send("POST / HTTP/1.1\r\nHost: zdd\r\nContent-Length: " + length + "\r\n\r\n");
      Thread upload =
          new Thread(() -> {
            try {
              OutputStream out = client.socket().getOutputStream();
              for (int i = 0; i < length / 65_536; i++) {
                out.write(new byte[65_536]);
              }
            } catch (IOException e) {
              // the server need not read it all
            }
          });
      upload.start();
      await().until(() -> jetty.calls.get() == 1);
      upload.join(500); // the response waits unread while the upload goes on
      assertThat(client.response()).startsWith("HTTP/1.1 200").endsWith("ok");
    }
  }

  /** Its head is gone, so that nothing can be said any more: it ends, and then is idle. */
  @Test
  void letsAStreamingResponseRunToItsEndAndThenCloses() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      client.get("/stream");
      StringBuilder head = new StringBuilder();
      while (head.indexOf("first") < 0) {
        head.append((char) client.socket().getInputStream().read());
      }
      jetty.signal();
      jetty.drain.unbind();
      await().until(() -> jetty.drain.open() == 1);
      assertThat(jetty.drain.closeIdle(Duration.ofNanos(1))).isZero();
      jetty.release.countDown();
      Thread settling =
          new Thread(() -> {
            while (jetty.drain.open() > 0) {
              jetty.drain.closeIdle(Duration.ofMillis(50));
              Thread.onSpinWait();
            }
          });
      settling.start();
      assertThat(client.untilEnd()).contains("last").endsWith("0\r\n\r\n");
      client.close();
      settling.join(20_000);
      assertThat(jetty.drain.open()).isZero();
    }
  }

  @Test
  void cutsAClientThatNeverReadsAtClose() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient never = jetty.connect().get("/big")) {
      await().until(() -> jetty.calls.get() == 1);
      jetty.signal();
      jetty.drain.unbind();
      await().until(() -> jetty.drain.open() == 1);
      assertThat(jetty.drain.closeIdle(Duration.ofNanos(1))).isZero();
      jetty.server.setStopTimeout(1000);
      jetty.drain.close();
      assertThat(jetty.drain.open()).isZero();
      assertThat(never.socket().isClosed()).isFalse();
    }
  }

  @Test
  void isHarmlessAfterTheApplicationHasStoppedTheServer() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1);
        RawClient client = jetty.connect()) {
      client.get("/").response();
      jetty.server.stop();

      jetty.signal();
      jetty.drain.unbind();
      assertThat(jetty.drain.open()).isZero();
      assertThat(jetty.drain.closeIdle(Duration.ofNanos(1))).isZero();
      jetty.drain.close();
      endsSomehow(client);
    }
  }

  @Test
  void survivesAStopByTheApplicationInTheMiddleOfTheDrain() throws Exception {
    try (JettyFixture jetty = JettyFixture.http2();
        RawClient held = jetty.connect().get("/held")) {
      await().until(() -> jetty.calls.get() == 1);
      jetty.signal();
      jetty.drain.unbind();
      Thread stops =
          new Thread(() -> {
            try {
              jetty.server.stop();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      stops.start();
      for (int i = 0; i < 50; i++) {
        jetty.drain.closeIdle(Duration.ofNanos(1));
        jetty.drain.open();
      }
      jetty.release.countDown();
      stops.join(30_000);
      jetty.drain.close();
      assertThat(jetty.drain.open()).isZero();
      assertThat(jetty.server.isStopped()).isTrue();
      endsSomehow(held);
    }
  }

  @Test
  void switchesJettysHookOffAlsoWhenItWasSwitchedOnLater() throws Exception {
    try (JettyFixture jetty = new JettyFixture(1)) {
      jetty.server.setStopAtShutdown(true);
      jetty.signal();
      assertThat(jetty.server.getStopAtShutdown()).isFalse();
    }
  }

  /** The optional libraries are found by name, and the classes that need them load only then. */
  @Test
  void needsNeitherHttp2NorWebSocket() throws Exception {
    String separator = java.io.File.pathSeparator;
    List<URL> path = new ArrayList<>();
    for (Class<?> one : List.of(JettyDrain.class, dev.zdd.core.Drainable.class)) {
      path.add(one.getProtectionDomain().getCodeSource().getLocation());
    }
    String all =
        System.getProperty("jdk.module.path", "")
            + separator
            + System.getProperty("java.class.path");
    for (String entry : all.split(separator)) {
      if (entry.endsWith(".jar")) {
        path.add(Path.of(entry).toUri().toURL());
      }
    }
    try (URLClassLoader without = new WithoutOptional(path.toArray(URL[]::new))) {
      Class<?> serverType = without.loadClass(Server.class.getName());
      Object server = serverType.getConstructor(int.class).newInstance(0);
      serverType.getMethod("start").invoke(server);
      Class<?> drainType = without.loadClass(JettyDrain.class.getName());
      Object drain = drainType.getMethod("of", serverType).invoke(null, server);
      for (String step : List.of("announce", "unbind", "open", "close")) {
        drainType.getMethod(step).invoke(drain);
      }
    }
  }

  private static final class WithoutOptional extends URLClassLoader {
    WithoutOptional(URL[] path) {
      super(path, ClassLoader.getPlatformClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.eclipse.jetty.http2.")
          || name.startsWith("org.eclipse.jetty.websocket.")) {
        throw new ClassNotFoundException(name);
      }
      return super.loadClass(name, resolve);
    }
  }

  @Tag("soak")
  @Timeout(300)
  @Test
  void drainsThousandsOfIdleConnections() throws Exception {
    // Both ends are in this process: two file descriptors each.
    int connections = Integer.getInteger("zdd.soak.connections", 9_000);
    List<RawClient> clients = new ArrayList<>();
    try (JettyFixture jetty = new JettyFixture(1)) {
      for (int i = 0; i < connections; i++) {
        RawClient client = jetty.connect();
        client.get("/").response();
        clients.add(client);
      }
      await().until(() -> jetty.drain.open() == connections);
      jetty.signal();
      long start = System.nanoTime();
      jetty.drain.unbind();
      Thread hangingUp =
          new Thread(() -> {
            try {
              for (RawClient client : clients) {
                client.untilEnd();
                client.close();
              }
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          });
      hangingUp.start();
      AtomicInteger closed = new AtomicInteger();
      await()
          .pollInterval(Duration.ofMillis(20))
          .atMost(Duration.ofMinutes(2))
          .until(() -> {
            closed.addAndGet(jetty.drain.closeIdle(Duration.ofMillis(500)));
            return jetty.drain.open() == 0;
          });
      System.out.printf(
          "%d idle connections: %d closed, drained in %d ms%n",
          connections, closed.get(), Duration.ofNanos(System.nanoTime() - start).toMillis());
      hangingUp.join();
    } finally {
      for (RawClient client : clients) {
        client.close();
      }
    }
  }

  private static void endsSomehow(RawClient client) {
    try {
      client.untilEnd();
    } catch (IOException e) {
      // a reset: nothing was promised any more
    }
  }
}
