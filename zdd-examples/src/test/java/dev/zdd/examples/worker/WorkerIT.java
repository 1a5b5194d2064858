package dev.zdd.examples.worker;

import static java.net.http.HttpResponse.BodyHandlers.discarding;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.shutdown.DrainReport;
import dev.zdd.shutdown.GracefulShutdown;
import dev.zdd.testing.FreePort;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.Consumer;
import io.lettuce.core.RedisClient;
import io.lettuce.core.XReadArgs;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Workers on a real Redis are replaced one by one while orders come. */
@Timeout(90)
class WorkerIT {
  private static final int RESTARTS = 12;

  @TempDir private Path directory;
  private RedisProcess server;
  private RedisClient client;
  private RedisCommands<String, String> redis;

  @BeforeEach
  void startRedis() throws Exception {
    server = RedisProcess.start(directory);
    client = RedisClient.create(server.uri());
    redis = client.connect().sync();
  }

  @AfterEach
  void stopRedis() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    server.close();
  }

  private GracefulShutdown startWorker(String name) throws IOException {
    return startWorker(name, 0);
  }

  private GracefulShutdown startWorker(String name, int probesPort) throws IOException {
    Lifecycle lifecycle = new Lifecycle();
    InetSocketAddress probes = new InetSocketAddress(InetAddress.getLoopbackAddress(), probesPort);
    GracefulShutdown shutdown =
        Worker.start(lifecycle, server.uri().toString(), "orders", "shipping", name, probes)
            .build();
    lifecycle.ready();
    return shutdown;
  }

  @Test
  void aRollingRestartShipsEachOrderOnceAndLeavesNonePending() throws Exception {
    GracefulShutdown[] workers = {startWorker("worker-0"), startWorker("worker-1")};
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger sent = new AtomicInteger();
    RedisCommands<String, String> producing = client.connect().sync();
    Thread producer =
        new Thread(() -> {
          while (!stop.get()) {
            producing.xadd("orders", Map.of("number", "" + sent.incrementAndGet()));
          }
        });
    producer.start();

    for (int i = 0; i < RESTARTS; i++) {
      int which = i % 2;
      long before = redis.hlen("shipped");
      await().pollInterval(Duration.ofMillis(10)).until(() -> redis.hlen("shipped") > before + 50);
      DrainReport report = workers[which].shutdown("test").get(30, SECONDS);
      assertThat(report.clean()).as(report.summary()).isTrue();
      // What it left behind while it was away: nothing.
      assertThat(pending("worker-" + which)).isZero();
      workers[which] = startWorker("worker-" + which);
    }

    stop.set(true);
    producer.join();
    await().until(() -> redis.hlen("shipped") == sent.get());
    await().until(() -> redis.xpending("orders", "shipping").getCount() == 0);
    assertThat(redis.hvals("shipped")).containsOnly("1");
    for (GracefulShutdown worker : workers) {
      assertThat(worker.shutdown("test").get(30, SECONDS).clean()).isTrue();
    }
  }

  @Test
  @SuppressWarnings("unchecked") // Lettuce's varargs
  void whatAKilledWorkerHadTakenIsShippedByItsSuccessor() throws Exception {
    GracefulShutdown first = startWorker("worker-0");
    assertThat(first.shutdown("test").get(30, SECONDS).clean()).isTrue();
    for (int i = 0; i < 50; i++) {
      redis.xadd("orders", Map.of("number", "" + i));
    }
    // Delivered to worker-0, and never acknowledged: as if it had been killed then.
    redis.xreadgroup(
        Consumer.from("shipping", "worker-0"),
        XReadArgs.Builder.count(50),
        XReadArgs.StreamOffset.lastConsumed("orders"));
    assertThat(pending("worker-0")).isEqualTo(50);

    GracefulShutdown second = startWorker("worker-0");

    await().until(() -> pending("worker-0") == 0);
    assertThat(redis.hlen("shipped")).isEqualTo(50);
    assertThat(second.shutdown("test").get(30, SECONDS).clean()).isTrue();
  }

  @Test
  void answersProbesUntilItHasClosed() throws Exception {
    int port = FreePort.next();
    HttpClient http = HttpClient.newHttpClient();
    HttpRequest ready =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/ready/redis")).build();
    GracefulShutdown worker = startWorker("worker-0", port);
    await().until(() -> http.send(ready, discarding()).statusCode() == 200);

    assertThat(worker.shutdown("test").get(30, SECONDS).clean()).isTrue();

    assertThatThrownBy(() -> http.send(ready, discarding())).isInstanceOf(ConnectException.class);
  }

  private long pending(String consumer) {
    return redis
        .xpending("orders", "shipping")
        .getConsumerMessageCount()
        .getOrDefault(consumer, 0L);
  }
}
