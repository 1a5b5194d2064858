package dev.zdd.health;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofNanos;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpCheckTest {
  private static final byte[] PART = "x".repeat(1000).getBytes(StandardCharsets.US_ASCII);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
  private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();

  // What became of the connection on which nothing was answered: "end" or "reset".
  private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

  HttpCheckTest() throws IOException {}

  @AfterEach
  void stop() throws IOException {
    listener.close();
  }

  private HealthCheck check() {
    return HttpCheck.of(
        client,
        URI.create(
            "http://"
                + InetAddress.getLoopbackAddress().getHostAddress()
                + ":"
                + listener.getLocalPort()
                + "/ping"));
  }

  private interface Answer {
    void write(Socket client) throws IOException;
  }

  private void serve(Answer answer) {
    Thread server =
        new Thread(() -> {
          while (!listener.isClosed()) {
            try (Socket connection = listener.accept()) {
              heads.add(head(connection));
              answer.write(connection);
            } catch (SocketException e) {
              ends.add("reset");
            } catch (IOException e) {
              throw new IllegalStateException(e);
            }
          }
        });
    server.setDaemon(true);
    server.start();
  }

  private static String head(Socket connection) throws IOException {
    var in =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
    StringBuilder head = new StringBuilder();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      head.append(line).append('\n');
    }
    return head.toString();
  }

  private void serve(String status) {
    serve(connection ->
        connection
            .getOutputStream()
            .write(
                ("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
                    .getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void isUpIfTheAnswerIsA2xx() throws Exception {
    serve("200 OK");
    assertThat(check().check(ofSeconds(10))).isEqualTo(HealthResult.up());
    assertThat(heads.take()).startsWith("GET /ping ").contains("User-Agent: zdd-health\n");
  }

  @Test
  void givesUpAfterASecondIfItIsNotToldAnother() throws Exception {
    serve("200 OK");
    // A busy machine may take that long.
    assertThat(check().check()).isIn(HealthResult.up(), HealthResult.down("no answer within 1 s"));
  }

  @Test
  void isDownIfItIsSomethingElse() throws Exception {
    serve("503 Service Unavailable");
    assertThat(check().check(ofSeconds(10)))
        .isEqualTo(HealthResult.down("status 503 (expected: 2xx)"));
  }

  @Test
  void doesNotTakeARedirectForAnAnswer() throws Exception {
    serve("302 Found\r\nLocation: /elsewhere");
    assertThat(check().check(ofSeconds(10)))
        .isEqualTo(HealthResult.down("status 302 (expected: 2xx)"));
  }

  @Test
  void givesUpOnABlackHoleAndLeavesNothingBehind() throws Exception {
    serve(connection -> ends.add(connection.getInputStream().read() < 0 ? "end" : "more"));
    givesUpOnAnAnswer();
    assertThat(ends.take()).isIn("end", "reset");
  }

  @Test
  void givesUpOnAnAnswerWithoutEnd() throws Exception {
    serve(connection -> {
      OutputStream out = connection.getOutputStream();
      out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      while (true) {
        out.write(PART);
      }
    });
    givesUpOnAnAnswer();
    assertThat(ends.take()).isEqualTo("reset");
  }

  // And not on a connection, which a busy machine may not have had by then.
  private void givesUpOnAnAnswer() throws Exception {
    do {
      long began = System.nanoTime();
      assertThat(check().check(ofMillis(300)))
          .isEqualTo(HealthResult.down("no answer within 0.3 s"));
      // A tenth of the timeout is left to say so.
      assertThat(ofNanos(System.nanoTime() - began)).isGreaterThanOrEqualTo(ofMillis(270));
    } while (heads.isEmpty());
  }

  @Test
  void nobodyThereIsAFailure() throws Exception {
    HealthCheck check = check();
    listener.close();
    assertThatThrownBy(() -> check.check(ofSeconds(10))).isInstanceOf(ConnectException.class);
  }

  @Test
  void refusesWhatIsNoHttp() {
    assertThatThrownBy(() -> HttpCheck.of(client, URI.create("ftp://host/")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("ftp");
  }
}
