package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServeIT {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Pattern LISTENS = Pattern.compile("listens on 127\\.0\\.0\\.1:(\\d+)");

  @TempDir Path directory;

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"jetty", "netty", "tomcat", "undertow", "jdk"})
  void finishesARequestThatIsInFlightAndExitsWith0(String server) throws Exception {
    try (JarProcess shop = start("--server", server, "--announce", "2s")) {
      int port = port(shop);
      try (Socket socket = send(port, "GET /work?ms=3000 HTTP/1.1\r\nHost: shop\r\n\r\n")) {
        await().atMost(LIMIT).until(() -> isInFlight(port));
        shop.process.destroy(); // SIGTERM
        await().atMost(LIMIT).until(() -> JarProcess.status(port, "/ready") == 503);
        assertThat(JarProcess.status(port, "/healthz")).isEqualTo(200);
        assertThat(JarProcess.get(port, "/status").body())
            .contains("shop v1", "SIGTERM", "<span class=\"badge warning\">draining</span>");
        assertThat(exchange(port, "GET /work HTTP/1.1"))
            .startsWith("HTTP/1.1 200")
            .containsIgnoringCase("connection: close");
        String response = read(socket);

        assertThat(response)
            .startsWith("HTTP/1.1 200")
            .containsIgnoringCase("X-Shop-Version: v1"); // the JDK's server spells it its own way
        assertThat(response.toLowerCase(java.util.Locale.ROOT)).contains("connection: close");
        assertThat(response).endsWith("zero downtime..\n");
      }
      assertThat(shop.exitCode(LIMIT)).as(shop.output()).isZero();
      assertThat(shop.output())
          .containsSubsequence(
              "SIGTERM: draining",
              "listener closed",
              "nothing in flight, no connection open",
              "closed server",
              "clean. Since SIGTERM: served ");
    }
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"jetty", "netty"})
  void answersBadInputWithoutA500AndWithoutRepeatingIt(String server) throws Exception {
    try (JarProcess shop = start("--server", server)) {
      int port = port(shop);
      assertThat(status(port, "GET /work?ms=abc HTTP/1.1")).isEqualTo(400);
      assertThat(status(port, "GET /work?ms=-1 HTTP/1.1")).isEqualTo(400);
      assertThat(status(port, "GET /work?ms=60001 HTTP/1.1")).isEqualTo(400);
      assertThat(status(port, "GET /work?ms=99999999999999999999 HTTP/1.1")).isEqualTo(400);
      assertThat(status(port, "GET /checkout HTTP/1.1")).isEqualTo(400);
      assertThat(status(port, "GET /checkout?user=%zz HTTP/1.1")).isEqualTo(400);
      assertThat(status(port, "GET /Xmarks HTTP/1.1")).isEqualTo(404);
      assertThat(status(port, "GET / HTTP/1.1")).isEqualTo(404);
      assertThat(status(port, "GET /orders HTTP/1.1")).isEqualTo(503);
      assertThat(status(port, "GET /work?" + "Xmarks".repeat(1700) + " HTTP/1.1")).isEqualTo(200);
      assertThat(status(port, "GET /work?" + "Xmarks".repeat(5000) + " HTTP/1.1")).isEqualTo(414);
      assertThat(status(port, "GET /work?Xmarks\u0001\u0002\u007f HTTP/1.1")).isBetween(200, 499);
      assertThat(status(port, "GET /Xmarks%0d%0aSet-Cookie:a HTTP/1.1")).isBetween(400, 499);
      assertThat(exchange(port, "DELETE /work HTTP/1.1"))
          .startsWith("HTTP/1.1 405")
          .containsIgnoringCase("\r\nallow: GET, POST\r\n");
      assertThat(status(port, "GET /metrics HTTP/1.1")).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"jetty", "netty", "tomcat", "undertow", "jdk"})
  void saysInOneLineThatThePortIsInUse(String server) throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        JarProcess shop =
            JarProcess.start(
                directory,
                "serve",
                "--server",
                server,
                "--port",
                String.valueOf(taken.getLocalPort()))) {
      assertThat(shop.exitCode(LIMIT)).isEqualTo(1);
      assertThat(shop.output())
          .contains("serve: --port: " + taken.getLocalPort() + " on 127.0.0.1 is in use")
          .doesNotContain("\tat ");
    }
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"jetty", "netty"})
  void startsWithoutItsDatabaseAndSaysSo(String server) throws Exception {
    try (JarProcess shop = start("--server", server, "--jdbc", "jdbc:postgresql://127.0.0.1:1/x")) {
      int port = port(shop);
      await().atMost(LIMIT).until(() -> shop.output().contains("the database is not there yet"));

      assertThat(JarProcess.get(port, "/startup").statusCode()).isEqualTo(503);
      assertThat(JarProcess.get(port, "/startup").body()).contains("starting");
      assertThat(JarProcess.get(port, "/ready").statusCode()).isEqualTo(503);
      assertThat(JarProcess.get(port, "/healthz").statusCode()).isEqualTo(200);
      assertThat(JarProcess.get(port, "/orders").statusCode()).isEqualTo(503);
      assertThat(shop.output()).doesNotContain("\tat ");
    }
  }

  private JarProcess start(String... more) throws Exception {
    String[] arguments = new String[more.length + 3];
    arguments[0] = "serve";
    arguments[1] = "--port";
    arguments[2] = "0";
    System.arraycopy(more, 0, arguments, 3, more.length);
    return JarProcess.start(directory, arguments);
  }

  private static int port(JarProcess shop) throws Exception {
    await()
        .atMost(LIMIT)
        .until(() -> LISTENS.matcher(shop.output()).find() || !shop.process.isAlive());
    Matcher listens = LISTENS.matcher(shop.output());
    assertThat(listens.find()).as(shop.output()).isTrue();
    return Integer.parseInt(listens.group(1));
  }

  private static boolean isInFlight(int port) {
    // The shop has no page for it; a request that was sent a moment before this one was answered
    // has been read by now.
    try {
      return JarProcess.status(port, "/work?ms=200") == 200;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int status(int port, String requestLine) throws Exception {
    String response = exchange(port, requestLine);
    assertThat(response).startsWith("HTTP/1.1 ").doesNotContain("Xmarks", "Set-Cookie");
    return Integer.parseInt(response.substring(9, 12));
  }

  private static String exchange(int port, String requestLine) throws Exception {
    try (Socket socket = send(port, requestLine + "\r\nHost: shop\r\nConnection: close\r\n\r\n")) {
      return read(socket);
    }
  }

  private static Socket send(int port, String request) throws Exception {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private static String read(Socket socket) throws Exception {
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
