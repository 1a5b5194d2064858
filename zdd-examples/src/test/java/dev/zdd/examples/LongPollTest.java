package dev.zdd.examples;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Drainable;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.Probers.Prober;
import dev.zdd.health.Health;
import dev.zdd.httpserver.EndpointListener;
import dev.zdd.shutdown.DrainReport;
import dev.zdd.shutdown.GracefulShutdown;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Health, a listener and a shutdown together: a balancer that waits to be told of the drain. */
@Timeout(60)
class LongPollTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void aBalancerThatWaitsIsToldOfTheDrainAndTheDrainWaitsForNothingElse() throws Exception {
    try (Health health = Health.builder(lifecycle).start();
        EndpointListener listener =
            EndpointListener.open(new InetSocketAddress("127.0.0.1", 0), health.endpoint());
        GracefulShutdown shutdown =
            GracefulShutdown.builder(lifecycle)
                .announceTimeout(Duration.ofSeconds(20))
                .server("nothing", new NothingToDrain())
                .build()) {
      lifecycle.ready();
      HttpRequest poll =
          HttpRequest.newBuilder(
                  URI.create("http://127.0.0.1:" + listener.address().getPort() + "/ready"))
              .header("If-None-Match", "\"ready\"")
              .header("Prefer", "wait=60")
              .build();
      AtomicLong toldAt = new AtomicLong();
      CompletableFuture<HttpResponse<String>> told =
          client
              .sendAsync(poll, BodyHandlers.ofString())
              .whenComplete((answer, failure) -> toldAt.set(System.nanoTime()));
      await().until(() -> lifecycle.probers().seen().stream().anyMatch(Prober::waits));

      long t0 = System.nanoTime();
      Future<DrainReport> report = shutdown.shutdown("test");

      assertThat(told.get(10, SECONDS).statusCode()).isEqualTo(503);
      assertThat(told.get().headers().firstValue("ETag")).contains("\"not-ready\"");
      assertThat(told.get().headers().firstValue("Preference-Applied")).contains("wait=60");
      Duration took = Duration.ofNanos(toldAt.get() - t0);
      System.out.println("told of the drain after " + took.toMillis() + " ms");
      assertThat(took).isLessThan(Duration.ofSeconds(2));
      // It does not ask again, and need not.
      assertThat(report.get(15, SECONDS).announcedUntil())
          .startsWith("every prober has been refused")
          .contains("1 of 1 times");
      System.out.println("the drain took " + report.get().duration().toMillis() + " ms");
    }
  }

  private static final class NothingToDrain implements Drainable {
    @Override
    public void announce() {}

    @Override
    public void unbind() {}

    @Override
    public int open() {
      return 0;
    }

    @Override
    public int closeIdle(Duration idle) {
      return 0;
    }

    @Override
    public void close() {}
  }
}
