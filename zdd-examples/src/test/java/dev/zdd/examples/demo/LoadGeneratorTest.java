package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.examples.MisbehavingServer;
import dev.zdd.testing.FreePort;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoadGeneratorTest {
  private static final Duration PATIENT = Duration.ofSeconds(10);
  private static final String GOOD = good(PlannedRequest.WORK_ANSWER);

  private final Timeline timeline = new Timeline();
  private final Tally tally = new Tally();
  private final Posts posts = new Posts();

  @Test
  void countsAGoodAnswerWithWhoGaveIt() throws Exception {
    try (MisbehavingServer server = new MisbehavingServer(answeringAfter(new CountDownLatch(0)))) {
      load(server.uri(), PATIENT, 100, 5);

      assertThat(tally.failed()).isZero();
      assertThat(tally.answered()).isEqualTo(tally.sentSoFar()).isEqualTo(server.requests.get());
      assertThat(tally.servedBy("1", "v1")).isEqualTo(tally.answered());
    }
  }

  @Test
  void countsARefusedConnection() throws Exception {
    load(URI.create("http://127.0.0.1:" + FreePort.next()), PATIENT, 100, 5);

    assertAllFailedAs(Failure.REFUSED);
  }

  @Test
  void passesARefusedConnectionOnWhenAskedToAndSaysSo() throws Exception {
    try (MisbehavingServer server = new MisbehavingServer(answeringAfter(new CountDownLatch(0)))) {
      URI nobody = URI.create("http://127.0.0.1:" + FreePort.next());
      AtomicBoolean first = new AtomicBoolean(true);
      try (LoadGenerator load =
          generator(() -> first.getAndSet(false) ? nobody : server.uri(), 100, PATIENT, 100, 1)) {
        load.start();
        await().until(() -> tally.answered() >= 5);
        assertThat(load.stop()).isTrue();
      }
      assertThat(tally.failed()).isZero();
      assertThat(tally.refusalsPassedOn()).isEqualTo(1);
      assertThat(tally.sentSoFar()).as("sent once each").isEqualTo(server.requests.get());
    }
  }

  @Test
  void countsARequestThatHasNowhereToGo() throws Exception {
    try (LoadGenerator load = generator(() -> null, 100, PATIENT, 100, 0)) {
      load.start();
      await().until(() -> tally.sentSoFar() >= 5);
      assertThat(load.stop()).isTrue();
    }
    assertAllFailedAs(Failure.NOT_STARTED);
  }

  @Test
  void notesForEachPostHowItEnded() throws Exception {
    AtomicInteger n = new AtomicInteger();
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          boolean good = n.getAndIncrement() % 2 == 0;
          String body = request.contains(" /work") ? PlannedRequest.WORK_ANSWER : "{}\n";
          out.write((good ? good(body) : "").getBytes(StandardCharsets.ISO_8859_1));
          socket.close();
        })) {
      load(server.uri(), PATIENT, 100, 40);

      assertThat(posts.answered().cardinality())
          .isEqualTo(tally.of(Kind.POST).answered.sum())
          .isPositive();
      assertThat(posts.failed().cardinality())
          .isEqualTo(tally.of(Kind.POST).failed.sum())
          .isPositive();
      assertThat(posts.answered().intersects(posts.failed())).isFalse();
    }
  }

  @Test
  void countsAResetInTheMiddleOfAResponse() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> {
          out.write(GOOD.substring(0, 300).getBytes(StandardCharsets.ISO_8859_1));
          out.flush();
          socket.setSoLinger(true, 0);
          socket.close();
        })) {
      load(server.uri(), PATIENT, 100, 5);

      assertAllFailedAs(Failure.RESET);
      assertThat(tally.sentSoFar()).as("sent once each").isEqualTo(server.requests.get());
    }
  }

  @Test
  void countsAnEndOfStreamInTheMiddleOfAResponse() throws Exception {
    try (MisbehavingServer server = MisbehavingServer.answering(GOOD.substring(0, 300))) {
      load(server.uri(), PATIENT, 100, 5);

      assertAllFailedAs(Failure.RESET);
    }
  }

  @Test
  void neverRetriesWhenTheServerClosesWithoutAnAnswer() throws Exception {
    try (MisbehavingServer server =
        new MisbehavingServer((request, socket, out) -> socket.close())) {
      load(server.uri(), PATIENT, 100, 10);

      assertAllFailedAs(Failure.RESET);
      assertThat(tally.sentSoFar()).as("sent once each").isEqualTo(server.requests.get());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 500, 502, 503})
  void countsEachOtherStatusAndNeverRetriesIt(int status) throws Exception {
    String response =
        "HTTP/1.1 "
            + status
            + " No\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 2\r\n"
            + "\r\nno";
    try (MisbehavingServer server = MisbehavingServer.answering(response)) {
      load(server.uri(), PATIENT, 100, 5);

      assertAllFailedAs("status " + status);
      assertThat(tally.sentSoFar()).as("sent once each").isEqualTo(server.requests.get());
    }
  }

  @Test
  void countsABodyThatIsCompleteForHttpButShort() throws Exception {
    String response = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nshort";
    try (MisbehavingServer server = MisbehavingServer.answering(response)) {
      load(server.uri(), PATIENT, 100, 5);

      assertAllFailedAs(Failure.WRONG_BODY);
    }
  }

  @Test
  void countsARequestThatIsNeverAnsweredAsATimeout() throws Exception {
    try (MisbehavingServer server = new MisbehavingServer((request, socket, out) -> {})) {
      load(server.uri(), Duration.ofMillis(300), 100, 5);

      assertAllFailedAs(Failure.TIMEOUT);
    }
  }

  @Test
  void countsWhatItCannotStartAsFailedAndKeepsItsRate() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (MisbehavingServer server = new MisbehavingServer(answeringAfter(release));
        LoadGenerator load = generator(server.uri(), 200, PATIENT, 3, 0)) {
      load.start();
      await().until(() -> tally.failed() >= 20);
      release.countDown();
      assertThat(load.stop()).isTrue();
    }
    assertThat(tally.failedByKind()).containsOnlyKeys(Failure.NOT_STARTED);
    assertThat(tally.sentSoFar()).isEqualTo(tally.answered() + tally.failed());
  }

  @Test
  void measuresFromTheIntendedStartSoThatAStallCountsForAllThatWaited() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (MisbehavingServer server = new MisbehavingServer(answeringAfter(release));
        LoadGenerator load = generator(server.uri(), 100, PATIENT, 1000, 0)) {
      load.start();
      // The server stands still for half a second; a closed loop would have sent one request.
      await().until(() -> tally.sentSoFar() >= 50);
      release.countDown();
      assertThat(load.stop()).isTrue();
    }
    assertThat(tally.failed()).isZero();
    // Sent evenly over the stall, so they waited 250 ms on average.
    assertThat(tally.micros().getMean()).isGreaterThan(150_000);
  }

  private static MisbehavingServer.Behaviour answeringAfter(CountDownLatch release) {
    return (request, socket, out) -> {
      try {
        release.await(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      String body = request.contains(" /work") ? PlannedRequest.WORK_ANSWER : "{}\n";
      out.write(good(body).getBytes(StandardCharsets.ISO_8859_1));
      socket.close();
    };
  }

  private static String good(String body) {
    return "HTTP/1.1 200 OK\r\nX-Shop-Instance: 1\r\nX-Shop-Version: v1\r\nConnection: close\r\n"
        + "Content-Length: "
        + body.length()
        + "\r\n\r\n"
        + body;
  }

  private LoadGenerator generator(
      URI target, double perSecond, Duration timeout, int mostInFlight, int refusalsPassed) {
    return generator(() -> target, perSecond, timeout, mostInFlight, refusalsPassed);
  }

  private LoadGenerator generator(
      Supplier<URI> routes,
      double perSecond,
      Duration timeout,
      int mostInFlight,
      int refusalsPassed) {
    return new LoadGenerator(
        routes,
        Sender.over(Protocol.H1, timeout, mostInFlight),
        Mix.parse("get=1,post=1"),
        perSecond,
        timeline,
        tally,
        posts,
        refusalsPassed,
        Duration.ZERO,
        timeout,
        mostInFlight);
  }

  private void load(URI target, Duration timeout, double perSecond, long atLeast)
      throws InterruptedException {
    try (LoadGenerator load = generator(target, perSecond, timeout, 100, 0)) {
      load.start();
      await().until(() -> tally.sentSoFar() >= atLeast);
      assertThat(load.stop()).as("every request accounted for").isTrue();
    }
    assertThat(tally.sentSoFar()).isEqualTo(tally.answered() + tally.failed());
  }

  private void assertAllFailedAs(String kind) {
    assertThat(tally.failedByKind()).containsOnlyKeys(kind);
    assertThat(tally.failed()).isEqualTo(tally.sentSoFar());
    assertThat(tally.lost()).allSatisfy(lost -> assertThat(lost.failure().kind()).isEqualTo(kind));
  }
}
