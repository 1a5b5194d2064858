package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class NettyDrainTest {
  private static final Duration LONG = Duration.ofSeconds(30);

  @Test
  void refusesConnectionsAfterUnbindAndServesThoseThatAreThere() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      int port = server.port();
      client.get("/before").answer();
      server.lifecycle.drain("test");
      server.drain.announce();
      assertThat(server.client().get("/new").answer().saysClose()).isTrue();
      server.drain.unbind();
      assertThatThrownBy(() -> new Client(port)).isInstanceOf(ConnectException.class);
      assertThat(client.get("/after").answer().body()).isEqualTo("/after");
    }
  }

  @Test
  void knowsAConnectionThatNoWorkerHasSeenYet() throws Exception {
    try (var server = new TestServer()) {
      CountDownLatch release = new CountDownLatch(1);
      server.blockWorkers(release);
      try (var client = server.client()) {
        client.get("/early-bird");
        server.lifecycle.drain("test");
        server.drain.unbind();
        assertThat(server.drain.open()).isEqualTo(1);
        assertThat(server.seen).isEmpty();
        release.countDown();
        assertThat(client.answer().body()).isEqualTo("/early-bird");
      }
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void closesIdleConnectionsByAnOrderlyEnd() throws Exception {
    try (var server = new TestServer();
        var used = server.client();
        var unused = server.client()) {
      used.get("/x").answer();
      await().until(() -> server.drain.open() == 2 && server.lifecycle.inFlight().count() == 0);
      assertThat(server.drain.closeIdle(LONG)).isZero();
      assertThat(server.drain.closeIdle(Duration.ZERO)).isEqualTo(2);
      assertThat(used.rest()).isEmpty();
      assertThat(unused.rest()).isEmpty();
      used.leave();
      unused.leave();
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void closesAnEndedConnectionThoughTheClientNeverEndsItsSide() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/x").answer();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isEqualTo(1);
      assertThat(server.drain.open()).isEqualTo(1);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      await().until(() -> server.drain.open() == 0);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void doesNotCloseUponARequestInProgress() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/slow");
      await().until(() -> server.waiting.size() == 1);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      server.waiting.remove().answer();
      assertThat(client.answer().body()).isEqualTo("/slow");
    }
  }

  @Test
  void doesNotCloseUponHalfAHead() throws Exception {
    try (var server = new TestServer();
        var fresh = server.client();
        var line = server.client();
        var behind = server.client();
        var split = server.client();
        var blank = server.client()) {
      fresh.send("G");
      line.send("GET /line HTTP/1.1\r\nHost: shop\r\n");
      behind.send("GET /first HTTP/1.1\r\nHost: shop\r\n\r\nGET /behi").answer();
      split.send("GET /a HTTP/1.1\r\nHo");
      blank.get("/b").answer();
      blank.send("\r\n");
      await().until(() -> server.drain.open() == 5);
      split.send("st: shop\r\n\r\n").answer();
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      // Only the connection with the split head, which has come in full, and that with nothing but
      // a line end are idle. Bytes on their way are seen by the loop before it decides.
      assertThat(server.drain.closeIdle(Duration.ZERO)).isEqualTo(2);
      assertThat(split.rest()).isEmpty();
      assertThat(blank.rest()).isEmpty();
      assertThat(fresh.send("ET /fresh HTTP/1.1\r\n\r\n").answer().body()).isEqualTo("/fresh");
      assertThat(line.send("\r\n").answer().body()).isEqualTo("/line");
      assertThat(behind.send("nd HTTP/1.1\r\n\r\n").answer().body()).isEqualTo("/behind");
      await().until(() -> server.lifecycle.inFlight().count() == 0);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isEqualTo(3);
    }
  }

  @Test
  void seesARequestThatArrivesWhileItDecides() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/x").answer();
      CountDownLatch release = new CountDownLatch(1);
      server.blockWorkers(release);
      client.get("/slow-and-in-the-socket-already");
      Thread later =
          new Thread(() -> {
            await().until(server::tasksWait);
            release.countDown();
          });
      later.start();
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      later.join();
      await().until(() -> server.waiting.size() == 1);
      server.waiting.remove().answer();
      assertThat(client.answer().status()).isEqualTo(200);
    }
  }

  @Test
  void doesNotWaitForABlockedLoop() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/x").answer();
      CountDownLatch release = new CountDownLatch(1);
      server.blockWorkers(release);
      assertThat(server.drain.closeIdle(Duration.ZERO)).isZero();
      release.countDown();
    }
  }

  @Test
  void cutsWhatIsLeft() throws Exception {
    try (var server = new TestServer();
        var busy = server.client();
        var idle = server.client()) {
      busy.get("/slow");
      await().until(() -> server.waiting.size() == 1 && server.drain.open() == 2);
      server.drain.unbind();
      server.drain.close();
      assertThat(server.drain.open()).isZero();
      assertThat(server.lifecycle.inFlight().count()).isZero();
      assertThat(idle.rest()).isEmpty();
      assertThatThrownBy(busy::answer).isInstanceOf(IOException.class);
    }
  }

  /** Netty tells the handlers of the end after the channel's own, in a later turn of the loop. */
  @Test
  void aRequestOfAConnectionThatIsNotOpenIsNotInFlight() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/slow");
      await().until(() -> server.waiting.size() == 1);
      server.holdOnceForgotten(server.waiting.remove().ctx().channel());
      server.drain.close();
      assertThat(server.drain.open()).isZero();
      assertThat(server.lifecycle.inFlight().count()).isZero();
    }
  }

  @Test
  void saysSoWhenConnectionsDoNotClose() throws Exception {
    try (var server = new TestServer();
        var client = server.client()) {
      client.get("/x").answer();
      CountDownLatch release = new CountDownLatch(1);
      server.blockWorkers(release);
      assertThatThrownBy(server.drain::close)
          .isInstanceOf(IOException.class)
          .hasMessageContaining("1 connections did not close within PT2S");
      release.countDown();
      await().until(() -> server.drain.open() == 0);
    }
  }

  @Test
  void refusesAListenerThatIsNone() {
    var channel = new EmbeddedChannel();
    assertThatThrownBy(() -> NettyDrain.of(new Lifecycle()).listener(channel))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("listener: ")
        .hasMessageContaining("expected: a ServerChannel");
    channel.close();
  }
}
