package dev.zdd.servlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RawClient;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two-phase goodbye of RFC 9113 section 6.8, judged by the frames on the wire. */
@Timeout(60)
class JettyHttp2Test {
  // How far the last GOAWAY may be above the last stream that was seen.
  private static final int MOST_ABOVE = 256;

  @TempDir static Path keys;

  private static JettyFixture jetty(boolean tls) throws Exception {
    return tls ? JettyFixture.tls(TestKeys.in(keys)) : JettyFixture.http2();
  }

  private static RawHttp2Client connect(JettyFixture jetty, boolean tls) throws Exception {
    int port = jetty.connector.getLocalPort();
    return tls ? new RawHttp2Client(TestKeys.connect(port, "h2")) : new RawHttp2Client(port);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void saysThatItGoesAsksAndNamesTheLastStream(boolean tls) throws Exception {
    try (JettyFixture jetty = jetty(tls);
        RawHttp2Client client = connect(jetty, tls)) {
      assertThat(client.get(1, "/").answer(1)).isEqualTo("ok");
      jetty.signal();

      RawHttp2Client.Frame soon = client.next(RawHttp2Client.GOAWAY);
      assertThat(soon.lastStream()).isEqualTo(Integer.MAX_VALUE);
      assertThat(soon.error()).isZero();
      RawHttp2Client.Frame ping = client.next(RawHttp2Client.PING);
      assertThat(ping.isAck()).isFalse();
      // The client had not read the GOAWAY yet: what it sent is served.
      assertThat(client.get(3, "/").answer(3)).isEqualTo("ok");
      client.ack(ping);

      RawHttp2Client.Frame last = client.next(RawHttp2Client.GOAWAY);
      assertThat(last.lastStream()).isBetween(3, MOST_ABOVE + 3);
      assertThat(last.error()).isZero();
      client.close();
      await().until(() -> jetty.drain.open() == 0);
    }
  }

  /** As Jetty's client does it: the answer goes out ahead of a stream that it has opened. */
  @Test
  void servesAStreamThatComesSoonAfterTheAnswerToThePing() throws Exception {
    try (JettyFixture jetty = jetty(false);
        RawHttp2Client client = connect(jetty, false)) {
      assertThat(client.get(1, "/").answer(1)).isEqualTo("ok");
      jetty.signal();
      client.next(RawHttp2Client.GOAWAY);
      client.ack(client.next(RawHttp2Client.PING));
      client.get(3, "/");

      RawHttp2Client.Frame next = client.next();
      assertThat(next.type()).as("the last GOAWAY waits").isEqualTo(RawHttp2Client.HEADERS);
      assertThat(client.next(RawHttp2Client.DATA).text()).isEqualTo("ok");
      long answered = System.nanoTime();
      assertThat(client.next(RawHttp2Client.GOAWAY).lastStream()).isBetween(3, MOST_ABOVE + 3);
      assertThat(Duration.ofNanos(System.nanoTime() - answered))
          .isGreaterThan(Duration.ofMillis(125));
    }
  }

  @Test
  void namesTheLastStreamAlsoToAClientThatDoesNotAnswerThePing() throws Exception {
    try (JettyFixture jetty = jetty(false);
        RawHttp2Client client = connect(jetty, false)) {
      assertThat(client.get(1, "/").answer(1)).isEqualTo("ok");
      long start = System.nanoTime();
      jetty.signal();

      assertThat(client.next(RawHttp2Client.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
      client.next(RawHttp2Client.PING);
      int last = client.next(RawHttp2Client.GOAWAY).lastStream();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isGreaterThanOrEqualTo(JettyHttp2.ACK_WAIT.minusMillis(50));
      assertThat(last).isBetween(1, 1000);

      client.ack(new RawHttp2Client.Frame(RawHttp2Client.PING, 0, 0, "zdd-away".getBytes()));
      jetty.drain.unbind();
      closesAfterwards(jetty, client);
    }
  }

  @Test
  void servesAConnectionThatIsOpenedDuringTheAnnouncementAndTellsItToo() throws Exception {
    try (JettyFixture jetty = jetty(false)) {
      jetty.signal();
      try (RawHttp2Client client = connect(jetty, false).get(1, "/held")) {
        // RawHttp2Client sees to it that SETTINGS come first.
        assertThat(client.next(RawHttp2Client.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
        RawHttp2Client.Frame ping = client.next(RawHttp2Client.PING);
        await().until(() -> jetty.lifecycle.inFlight().count() == 1);
        client.ack(ping);
        assertThat(client.next(RawHttp2Client.GOAWAY).lastStream()).isBetween(1, MOST_ABOVE + 1);
        jetty.drain.unbind();
        jetty.release.countDown();
        assertThat(client.answer(1)).isEqualTo("ok");
        await().until(() -> jetty.lifecycle.inFlight().count() == 0);
        closesAfterwards(jetty, client);
      }
    }
  }

  /** A GOAWAY before its first stream would fail what a balancer has in store for it. */
  @Test
  void tellsAConnectionThatIsOpenedDuringTheAnnouncementWhenItHasHadAStream() throws Exception {
    try (JettyFixture jetty = jetty(false)) {
      jetty.signal();
      try (RawHttp2Client client = connect(jetty, false)) {
        client.send(RawHttp2Client.PING, 0, 0, new byte[8]);
        assertThat(client.next().type()).as("its answer first").isEqualTo(RawHttp2Client.PING);
        client.get(1, "/");
        assertThat(client.next(RawHttp2Client.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
      }
    }
  }

  @Test
  void tellsAConnectionThatHasHadNoStreamWhenTheListenerIsClosed() throws Exception {
    try (JettyFixture jetty = jetty(false);
        RawHttp2Client client = connect(jetty, false)) {
      client.send(RawHttp2Client.PING, 0, 0, new byte[8]);
      assertThat(client.next().type()).isEqualTo(RawHttp2Client.PING);
      jetty.signal();
      client.send(RawHttp2Client.PING, 0, 0, new byte[8]);
      assertThat(client.next().type()).as("its answer first").isEqualTo(RawHttp2Client.PING);
      jetty.drain.unbind();
      assertThat(client.next(RawHttp2Client.GOAWAY).lastStream()).isEqualTo(Integer.MAX_VALUE);
    }
  }

  /** Also beyond the connection's idle timeout, after which Jetty gives up on one it has told. */
  @Test
  void letsAStreamRunToItsLastByte() throws Exception {
    try (JettyFixture jetty = jetty(false)) {
      try (RawHttp2Client client = connect(jetty, false).get(1, "/async")) {
        await().until(() -> jetty.calls.get() == 1);
        jetty.connector.getConnectedEndPoints().forEach(one -> one.setIdleTimeout(500));
        jetty.signal();
        client.next(RawHttp2Client.GOAWAY);
        client.ack(client.next(RawHttp2Client.PING));
        client.next(RawHttp2Client.GOAWAY);
        jetty.drain.unbind();

        long until = System.nanoTime() + Duration.ofMillis(1500).toNanos();
        await()
            .until(() -> {
              assertThat(jetty.drain.closeIdle(Duration.ofMillis(1))).isZero();
              assertThat(jetty.drain.open()).isEqualTo(1);
              return System.nanoTime() > until;
            });
        jetty.release.countDown();
        assertThat(client.answer(1)).isEqualTo("ok");
        closesAfterwards(jetty, client);
      }
    }
  }

  @Test
  void doesNotBeginStreamsAboveTheLastAndIsNotHeldUpByThem() throws Exception {
    try (JettyFixture jetty = jetty(false);
        RawHttp2Client client = connect(jetty, false)) {
      assertThat(client.get(1, "/").answer(1)).isEqualTo("ok");
      jetty.signal();
      client.next(RawHttp2Client.GOAWAY);
      client.ack(client.next(RawHttp2Client.PING));
      int last = client.next(RawHttp2Client.GOAWAY).lastStream();
      jetty.drain.unbind();

      AtomicInteger stream = new AtomicInteger(last);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> {
            try {
              client.get(stream.addAndGet(2), "/");
            } catch (IOException e) {
              // closed: what this waits for
            }
            jetty.drain.closeIdle(Duration.ofMillis(200));
            return jetty.drain.open() == 0;
          });
      assertThat(stream.get()).isGreaterThan(last + 4);
      assertThat(jetty.calls).hasValue(1);
    }
  }

  @Test
  void doesNotMeddleWithAClientThatHasSaidGoodbyeItself() throws Exception {
    try (JettyFixture jetty = jetty(false);
        RawHttp2Client client = connect(jetty, false).get(1, "/held")) {
      await().until(() -> jetty.calls.get() == 1);
      client.send(RawHttp2Client.GOAWAY, 0, 0, new byte[8]);
      jetty.signal();
      jetty.drain.unbind();
      jetty.release.countDown();
      RawHttp2Client.Frame frame = client.next();
      while (frame.type() != RawHttp2Client.HEADERS) {
        frame = client.next();
      }
      assertThat(client.next(RawHttp2Client.DATA).text()).isEqualTo("ok");
      await().until(() -> jetty.drain.open() == 0);
    }
  }

  /** Many streams while the goodbye is said: each is answered, or is above the last stream. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void leavesNoStreamInDoubt(boolean answersPing) throws Exception {
    try (JettyFixture jetty = jetty(false);
        RawHttp2Client client = connect(jetty, false)) {
      assertThat(client.get(1, "/").answer(1)).isEqualTo("ok");
      AtomicBoolean stop = new AtomicBoolean();
      // Jetty resets a stream that is the 129th at a time.
      Semaphore atATime = new Semaphore(100);
      AtomicInteger sent = new AtomicInteger(1);
      Thread sender =
          new Thread(() -> {
            try {
              while (!stop.get()) {
                synchronized (client) {
                  client.get(sent.get() + 2, "/");
                  sent.addAndGet(2);
                }
                atATime.acquire();
                Thread.sleep(1);
              }
            } catch (IOException | InterruptedException e) {
              // closed
            }
          });
      sender.start();
      try {
        await().until(() -> jetty.calls.get() > 10);
        jetty.signal();
        int last = Integer.MAX_VALUE;
        int ended = 1;
        while (ended < last) {
          RawHttp2Client.Frame frame = client.next();
          if (frame.type() == RawHttp2Client.DATA) {
            ended += 2; // each has one
            atATime.release();
          } else if (frame.type() == RawHttp2Client.GOAWAY) {
            last = frame.lastStream();
          } else if (frame.type() == RawHttp2Client.PING && answersPing) {
            synchronized (client) {
              client.ack(frame);
            }
          }
        }
        int named = last;
        await().until(() -> sent.get() > named + 10); // and those are not begun
        stop.set(true);
        sender.interrupt(); // those above the last are not answered, and it may wait for them
        sender.join();
        assertThat(jetty.calls.get()).isEqualTo((ended + 1) / 2);
      } finally {
        stop.set(true);
        sender.interrupt();
      }
    }
  }

  // the last stream is decided | more are opened than may be above it | Jetty is told of the last
  @Test
  void beginsNoStreamAboveTheLastHoweverLateThatIsSaid() throws Exception {
    CountDownLatch decided = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (JettyFixture jetty =
            JettyFixture.http2(() -> {
              decided.countDown();
              release.await();
              return null;
            });
        RawHttp2Client client = connect(jetty, false)) {
      assertThat(client.get(1, "/").answer(1)).isEqualTo("ok");
      jetty.signal();
      client.next(RawHttp2Client.GOAWAY);
      client.ack(client.next(RawHttp2Client.PING));
      decided.await();
      int stream = 1;
      RawHttp2Client.Frame frame = null;
      while (stream < 2 * MOST_ABOVE) {
        stream += 2;
        frame = client.get(stream, "/").next();
        if (frame.type() != RawHttp2Client.HEADERS) {
          break;
        }
        client.next(RawHttp2Client.DATA);
      }
      release.countDown();
      assertThat(frame.type()).isEqualTo(RawHttp2Client.GOAWAY);
      assertThat(frame.lastStream()).isEqualTo(stream - 2);
      assertThat(jetty.calls).hasValue(stream / 2);
    } finally {
      release.countDown();
    }
  }

  private static void closesAfterwards(JettyFixture jetty, RawHttp2Client client) throws Exception {
    AtomicInteger counted = new AtomicInteger();
    await()
        .until(() -> {
          counted.addAndGet(jetty.drain.closeIdle(Duration.ofMillis(50)));
          return jetty.drain.open() == 0 || client.socket.getInputStream().available() == 0;
        });
    Thread closing =
        new Thread(() -> {
          while (jetty.drain.open() > 0) {
            counted.addAndGet(jetty.drain.closeIdle(Duration.ofMillis(50)));
            Thread.onSpinWait();
          }
        });
    closing.start();
    assertThat(client.isAtEnd()).isTrue();
    client.close();
    closing.join(20_000);
    assertThat(jetty.drain.open()).isZero();
    assertThat(counted).as("closes that may have lost a request").hasValue(0);
    try (RawClient refused = new RawClient(jetty.connector.getLocalPort())) {
      throw new AssertionError("still listening: " + refused);
    } catch (ConnectException | IllegalArgumentException e) {
      // as it must be: -2 is the port of a closed connector
    }
  }
}
