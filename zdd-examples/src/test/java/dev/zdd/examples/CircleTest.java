package dev.zdd.examples;

import static java.time.Duration.ofMillis;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.core.Lifecycle;
import dev.zdd.health.Health;
import dev.zdd.health.HealthCheck;
import dev.zdd.health.HttpCheck;
import dev.zdd.health.Probe;
import dev.zdd.health.Status;
import dev.zdd.httpserver.EndpointHttpHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two services that ask each other. What is asked on the request would ask without end. */
@Timeout(60)
class CircleTest {
  private final HttpClient client = HttpClient.newHttpClient();
  private final Service a = new Service();
  private final Service b = new Service();

  @AfterEach
  void stop() {
    a.close();
    b.close();
  }

  @Test
  void eachAnswersFromWhatItKnowsAndIsAskedOnceForEachRunOfTheOther() throws Exception {
    a.asks(b);
    b.asks(a);
    await().until(() -> a.knows() != null && b.knows() != null);
    int runs = 5;
    int before = b.asked.get();
    AtomicInteger runsOfA = a.runs;
    int since = runsOfA.get();
    await().until(() -> runsOfA.get() >= since + runs);
    // One request for each run of A's check, and none that B's own check of A has set off.
    assertThat(b.asked.get() - before).isBetween(runs - 1, runsOfA.get() - since + 1);
  }

  /** Why two of them must not ask for each other's readiness: docs/health.md. */
  @Test
  void whoAsksForTheOthersLivenessIsReadyAlthoughTheOtherAsksBack() throws Exception {
    a.asks(b, "/healthz");
    b.asks(a, "/healthz");
    await().until(() -> a.knows() == Status.UP && b.knows() == Status.UP);
  }

  /** A service with a health of its own, on a real socket. */
  private final class Service implements AutoCloseable {
    final AtomicInteger asked = new AtomicInteger();
    final AtomicInteger runs = new AtomicInteger();
    private final Lifecycle lifecycle = new Lifecycle();
    private final Health health = Health.builder(lifecycle).start();
    private final HttpServer server;

    Service() {
      try {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
      server.createContext(
          "/",
          exchange -> {
            asked.incrementAndGet();
            EndpointHttpHandler.of(health.endpoint()).handle(exchange);
          });
      server.start();
      lifecycle.ready();
    }

    void asks(Service other) {
      asks(other, "/ready");
    }

    void asks(Service other, String path) {
      int port = other.server.getAddress().getPort();
      HealthCheck check = HttpCheck.of(client, URI.create("http://localhost:" + port + path));
      health.readiness(
          "other",
          () -> {
            runs.incrementAndGet();
            return check.check();
          },
          c -> c.every(ofMillis(400)).timeout(ofMillis(400)).recheck(ofMillis(50)));
    }

    /** What its check of the other has found; null before the first result. */
    @Nullable Status knows() {
      Status status = health.snapshot(Probe.READINESS).checks().get(0).status();
      return status == Status.UNKNOWN ? null : status;
    }

    @Override
    public void close() {
      health.close();
      server.stop(0);
    }
  }
}
