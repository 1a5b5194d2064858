package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.testing.RawClient;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.condition.OS;

/** With the server's package opened to zdd: the other tests run both ways. */
@Timeout(60)
@EnabledIfSystemProperty(named = "zdd.opened", matches = "true")
class JdkListenerTest {
  @Test
  void isFound() throws Exception {
    try (JdkFixture jdk = new JdkFixture()) {
      assertThat(JdkListener.of(jdk.server)).isNotNull();
    }
  }

  /** Without a request of our own and without stop: whatever the server has is served as before. */
  @Test
  void closesAloneAndLeavesTheServerRunning() throws Exception {
    try (JdkFixture jdk = new JdkFixture();
        RawClient idle = jdk.connect();
        RawClient other = jdk.connect()) {
      int port = jdk.port();
      idle.get("/").response();
      jdk.drain.unbind();

      assertThatThrownBy(() -> new RawClient(port)).isInstanceOf(ConnectException.class);
      if (OS.LINUX.isCurrentOs()) {
        // And not a third of our own: no exchange holds the server open, for it has not been
        // stopped.
        assertThat(TcpTable.connectionsTo(jdk.server.getAddress(), -1)).hasValue(2);
      }
      assertThat(idle.get("/").response()).endsWith("ok");
      assertThat(other.get("/").response()).endsWith("ok");
      assertThat(idle.get("/").response()).endsWith("ok");
    }
  }

  /** The server's thread is in a handler, so all of them are in the queue when it is emptied. */
  @Test
  void handsBackWhatWasInTheAcceptQueue() throws Exception {
    List<RawClient> queued = new ArrayList<>();
    try (JdkFixture jdk = new JdkFixture(HttpServer.create(JdkFixture.loopback(), 0), null);
        RawClient holding = jdk.connect()) {
      int port = jdk.port();
      holding.get("/held");
      await().until(() -> jdk.lifecycle.inFlight().count() == 1);
      for (int i = 0; i < 20; i++) {
        queued.add(jdk.connect().get("/"));
      }
      JdkListener listener = JdkListener.of(jdk.server);
      CompletableFuture<Void> closed =
          CompletableFuture.runAsync(() -> {
            try {
              listener.closeEmpty();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      jdk.release.countDown();
      closed.get(30, TimeUnit.SECONDS);

      for (RawClient client : queued) {
        assertThat(client.response()).endsWith("ok");
        assertThat(client.get("/").response()).endsWith("ok"); // it is a connection like any other
        client.close();
      }
      assertThat(jdk.port()).isEqualTo(port);
      jdk.server.stop(0);
    }
  }
}
