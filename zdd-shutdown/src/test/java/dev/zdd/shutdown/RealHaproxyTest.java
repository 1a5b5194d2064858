package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.core.Lifecycle;
import dev.zdd.testing.FreePort;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real HAProxy takes a server out of service, and back in, while requests come. */
@Timeout(60)
class RealHaproxyTest {
  @TempDir private Path directory;
  private HttpBackend one;
  private HttpBackend two;
  private final Lifecycle lifecycle = new Lifecycle();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicInteger requests = new AtomicInteger();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private Process haproxy;
  private int port;
  private Thread load;

  @BeforeEach
  void startBackends() throws IOException {
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "haproxy"))),
        "needs haproxy");
    one = new HttpBackend("one");
    two = new HttpBackend("two");
  }

  @AfterEach
  void stopAll() throws Exception {
    stop.set(true);
    if (load != null) {
      load.join();
    }
    if (haproxy != null) {
      haproxy.destroyForcibly().waitFor();
    }
    if (one != null) {
      one.close();
      two.close();
    }
  }

  private void startHaproxy(String socket, String optionsOfOne) throws Exception {
    port = FreePort.next();
    Path config =
        Files.writeString(
            directory.resolve("haproxy.cfg"),
            """
            global
              stats socket %s level admin
            defaults
              mode http
              timeout connect 2s
              timeout client 5s
              timeout server 5s
            frontend in
              bind 127.0.0.1:%d
              default_backend shop
            backend shop
              balance roundrobin
              server one 127.0.0.1:%d %s
              server two 127.0.0.1:%d
            """
                .formatted(socket, port, one.port(), optionsOfOne, two.port()));
    haproxy =
        new ProcessBuilder("haproxy", "-db", "-f", config.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("haproxy.log").toFile())
            .start();
    await().atMost(Duration.ofSeconds(20)).ignoreExceptions().until(() -> get().contains("200"));
  }

  private void startLoad() {
    load =
        new Thread(() -> {
          while (!stop.get()) {
            requests.incrementAndGet();
            try {
              String answer = get();
              if (!answer.startsWith("HTTP/1.1 200")) {
                failures.add(answer);
              }
            } catch (IOException e) {
              failures.add(e.toString());
            }
          }
        });
    load.start();
  }

  private String get() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n".getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII);
    }
  }

  private void awaitServed(HttpBackend backend) {
    int before = backend.served.get();
    await().atMost(Duration.ofSeconds(20)).until(() -> backend.served.get() > before + 5);
  }

  /** Waits until a hundred requests in a row have gone to the other one. */
  private void awaitOut() {
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          int before = one.served.get();
          int atTwo = two.served.get();
          await().atMost(Duration.ofSeconds(30)).until(() -> two.served.get() > atTwo + 100);
          return one.served.get() == before;
        });
  }

  @Test
  void drainsByAgentCheckAndComesBackWithTheNextProcess() throws Exception {
    int agentPort = FreePort.next();
    HaproxyAgent agent = HaproxyAgent.start(lifecycle, agentPort);
    startHaproxy(
        directory.resolve("s").toString(),
        "agent-check agent-inter 200ms agent-send hello\\n agent-port " + agentPort);
    startLoad();
    awaitOut(); // STARTING
    lifecycle.ready();
    awaitServed(one);

    lifecycle.drain("test");

    awaitOut();
    lifecycle.stop("test");
    agent.close();
    Lifecycle next = new Lifecycle();
    try (HaproxyAgent nextAgent = HaproxyAgent.start(next, agentPort)) {
      assertThat(nextAgent.port()).isEqualTo(agentPort);
      next.ready();
      awaitServed(one);
    }
    assertThat(failures).isEmpty();
    assertThat(requests).hasValueGreaterThan(200);
  }

  @Test
  void drainsByTheRuntimeApiOverAUnixSocketAndComesBackWithTheNextProcess() throws Exception {
    Path socket = directory.resolve("s");
    startHaproxy(socket.toString(), "");
    drainsByTheRuntimeApi(
        HaproxyRuntime.at(socket, "shop", "one"), HaproxyRuntime.at(socket, "shop", "one"));
  }

  @Test
  void drainsByTheRuntimeApiOverTcpAndComesBackWithTheNextProcess() throws Exception {
    int apiPort = FreePort.next();
    startHaproxy("ipv4@127.0.0.1:" + apiPort, "");
    InetSocketAddress api = new InetSocketAddress(InetAddress.getLoopbackAddress(), apiPort);
    drainsByTheRuntimeApi(
        HaproxyRuntime.at(api, "shop", "one"), HaproxyRuntime.at(api, "shop", "one"));
  }

  private void drainsByTheRuntimeApi(HaproxyRuntime runtime, HaproxyRuntime next) throws Exception {
    runtime.follow(lifecycle);
    startLoad();
    lifecycle.ready();
    awaitServed(one);

    lifecycle.drain("test");

    awaitOut();
    lifecycle.stop("test");
    runtime.close();
    Lifecycle nextLife = new Lifecycle();
    nextLife.ready();
    next.follow(nextLife);
    awaitServed(one);
    next.close();
    assertThat(failures).isEmpty();
    assertThat(requests).hasValueGreaterThan(200);
  }

  // No HAProxy at first, then one that does not know the server: "ready" gets through in the end.
  @Test
  void aHaproxyThatComesLaterIsToldToo() throws Exception {
    Path socket = directory.resolve("s");
    HaproxyRuntime runtime = HaproxyRuntime.at(socket, "shop", "one").follow(lifecycle);
    lifecycle.ready();
    lifecycle.drain("test");
    startHaproxy(socket.toString(), "");
    startLoad();
    awaitOut();
    assertThat(failures).isEmpty();
    runtime.close();
  }
}
