package dev.zdd.examples.kubelet;

import static dev.zdd.examples.kubelet.ProbeResult.DISCARDED;
import static dev.zdd.examples.kubelet.ProbeResult.FAILURE;
import static dev.zdd.examples.kubelet.ProbeResult.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.examples.MisbehavingServer;
import dev.zdd.testing.FreePort;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the bytes that a raw server writes, or does not. */
@Timeout(60)
class HttpProberTest {
  private static final Duration PLENTY = Duration.ofSeconds(20);

  /** Must run out, but not before a busy machine has written the first bytes of an answer. */
  private static final Duration LITTLE = Duration.ofMillis(500);

  private final HttpProber prober = new HttpProber();

  @AfterEach
  void close() {
    prober.close();
  }

  private ProbeResult ask(MisbehavingServer server, Duration timeout) {
    return prober.ask(server.uri(), "/ready", timeout);
  }

  private static String answer(int status, String headers, String body) {
    return "HTTP/1.1 "
        + status
        + " X\r\n"
        + headers
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  @Test
  void asksAsTheKubeletDoesOnAConnectionOfItsOwn() throws Exception {
    BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          heads.add(request);
          write(out, answer(200, "", "ok")); // and keeps the connection open
          ends.add(endOf(socket));
        })) {
      for (int i = 0; i < 2; i++) {
        assertThat(ask(server, PLENTY)).isEqualTo(SUCCESS);
        assertThat(ends.take()).isEqualTo("FIN");
        assertThat(heads.take().split("\r\n"))
            .containsExactlyInAnyOrder(
                "GET /ready HTTP/1.1",
                "Host: 127.0.0.1:" + server.uri().getPort(),
                "User-Agent: kube-probe/1.34",
                "Accept: */*",
                "Connection: close");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "200,SUCCESS",
    "204,SUCCESS",
    "302,SUCCESS",
    "399,SUCCESS",
    "400,FAILURE",
    "404,FAILURE",
    "503,FAILURE"
  })
  void isASuccessFrom200To399(int status, ProbeResult expected) throws Exception {
    try (MisbehavingServer server =
        MisbehavingServer.answering(
            status == 204 ? "HTTP/1.1 204 X\r\n\r\n" : answer(status, "", "x"))) {
      assertThat(ask(server, PLENTY)).isEqualTo(expected);
      assertThat(server.requests).hasValue(1);
    }
  }

  @Test
  void followsARedirectOnTheSameHost() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          boolean first = request.startsWith("GET /ready ");
          write(out, first ? answer(302, "Location: /elsewhere\r\n", "") : answer(503, "", "no"));
          socket.close();
        })) {
      assertThat(ask(server, PLENTY)).isEqualTo(FAILURE);
      assertThat(server.requests).hasValue(2);
    }
  }

  @Test
  void takesARedirectToAnotherHostForASuccess() throws Exception {
    try (MisbehavingServer elsewhere = MisbehavingServer.answering(answer(503, "", "no"));
        MisbehavingServer server =
            MisbehavingServer.answering(
                answer(
                    302,
                    "Location: http://localhost:" + elsewhere.uri().getPort() + "/\r\n",
                    ""))) {
      assertThat(ask(server, PLENTY)).isEqualTo(SUCCESS);
      assertThat(elsewhere.requests).hasValue(0);
    }
  }

  @Test
  void givesUpARedirectInACircle() throws Exception {
    try (MisbehavingServer server =
        MisbehavingServer.answering(answer(302, "Location: /ready\r\n", ""))) {
      assertThat(ask(server, PLENTY)).isEqualTo(FAILURE);
      assertThat(server.requests).hasValue(10);
    }
  }

  @Test
  void aServerThatAcceptsAndNeverAnswersIsAFailure() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> socket.getInputStream().read())) {
      assertThat(ask(server, LITTLE)).isEqualTo(FAILURE);
      assertThat(server.requests.get()).as("not tried again").isLessThanOrEqualTo(1);
    }
  }

  @Test
  void theTimeoutIsForTheWholeExchangeAndNotForEachByte() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          write(out, "HTTP/1.1 200 OK\r\nX: ");
          drip(out);
        })) {
      assertThat(ask(server, LITTLE)).isEqualTo(FAILURE);
    }
  }

  @Test
  void aBodyThatDoesNotComeInTimeIsTriedThreeTimesAndThenDiscarded() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          write(out, "HTTP/1.1 503 X\r\nContent-Length: 1000\r\n\r\n");
          drip(out);
        })) {
      assertThat(ask(server, LITTLE)).isEqualTo(DISCARDED);
      assertThat(server.requests).hasValue(3);
    }
  }

  @Test
  void aBodyThatIsCutOffIsDiscardedToo() throws Exception {
    try (MisbehavingServer server =
        MisbehavingServer.answering("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")) {
      assertThat(ask(server, PLENTY)).isEqualTo(DISCARDED);
      assertThat(server.requests).hasValue(3);
    }
  }

  @Test
  void readsNoMoreThan10KibOfABody() throws Exception {
    String most = "x".repeat(HttpProber.MOST_BODY);
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          write(out, "HTTP/1.1 200 OK\r\nContent-Length: 11264\r\n\r\n" + most);
          socket.getInputStream().read(); // the eleventh never comes
        })) {
      assertThat(ask(server, PLENTY)).isEqualTo(SUCCESS);
    }
    try (MisbehavingServer server = MisbehavingServer.answering(answer(503, "", most + most))) {
      assertThat(ask(server, PLENTY)).isEqualTo(FAILURE);
    }
  }

  @Test
  void aConnectionThatIsResetIsAFailureAndIsNotTriedAgain() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          socket.setSoLinger(true, 0);
          socket.close();
        })) {
      assertThat(ask(server, PLENTY)).isEqualTo(FAILURE);
      assertThat(server.requests).hasValue(1);
    }
  }

  @Test
  void nobodyThereIsAFailure() {
    URI nobody = URI.create("http://127.0.0.1:" + FreePort.next());
    assertThat(prober.ask(nobody, "/ready", PLENTY)).isEqualTo(FAILURE);
  }

  private static String endOf(Socket socket) throws IOException {
    try {
      return socket.getInputStream().read() < 0 ? "FIN" : "another request";
    } catch (SocketException e) {
      return "RST";
    }
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** A byte every 20 ms, until the client has had enough. */
  private static void drip(OutputStream out) throws IOException {
    while (true) {
      write(out, "x");
      LockSupport.parkNanos(20_000_000);
    }
  }
}
