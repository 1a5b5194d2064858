package dev.zdd.examples.kubelet;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.health.CheckOptions;
import dev.zdd.health.Checks;
import dev.zdd.health.Health;
import dev.zdd.health.HealthResult;
import dev.zdd.health.LocalCheck;
import dev.zdd.health.Probe;
import dev.zdd.health.Status;
import dev.zdd.servlet.EndpointServlet;
import dev.zdd.testing.FreePort;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.ee11.servlet.ServletContextHandler;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a kubelet decides about a service on Jetty: the probes of the manifest, a hundred times as
 * often.
 */
@Timeout(60)
class KubeletOfZddTest {
  private static final Duration SOON = Duration.ofMillis(20);
  private static final HttpProbe STARTUP = often("/startup");
  private static final HttpProbe READINESS = often("/ready");
  private static final HttpProbe LIVENESS = often("/healthz");

  private final Decided decided = new Decided();
  private final Lifecycle lifecycle = new Lifecycle();
  private final Map<String, Integer> asked = new ConcurrentHashMap<>();
  private final Server jetty = new Server();
  private @Nullable Health health;
  private @Nullable Kubelet kubelet;

  private static HttpProbe often(String path) {
    return HttpProbe.of(path).period(SOON).timeout(Duration.ofSeconds(20));
  }

  // The timeout is what a busy machine may let a check wait: three such waits in a row are down.
  private static CheckOptions often(CheckOptions check) {
    return check.every(Duration.ofMillis(500)).timeout(Duration.ofMillis(500)).recheck(SOON);
  }

  @AfterEach
  void stop() throws Exception {
    if (kubelet != null) {
      kubelet.close();
    }
    if (health != null) {
      health.close();
    }
    jetty.stop();
  }

  private void serve(Health.Builder checks, PodProbes probes) throws Exception {
    Health started = checks.start();
    health = started;
    lifecycle.ready();
    Endpoint counting =
        request -> {
          asked.merge(request.path(), 1, Integer::sum);
          return started.endpoint().handle(request);
        };
    ServletContextHandler context = new ServletContextHandler();
    for (String probe : List.of("/healthz/*", "/ready/*", "/startup/*")) {
      context.addServlet(EndpointServlet.of(counting), probe);
    }
    ServerConnector connector = new ServerConnector(jetty);
    connector.setHost("127.0.0.1");
    jetty.addConnector(connector);
    jetty.setHandler(context);
    jetty.start();
    kubelet = new Kubelet(probes, decided);
    kubelet.started(connector.getLocalPort());
  }

  private void awaitAsked(String path, int more) {
    int goal = asked.getOrDefault(path, 0) + more;
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> asked.getOrDefault(path, 0) >= goal);
  }

  /** A service that does not look alive for a part of its start. */
  private Health.Builder slowToStart(CountDownLatch alive, CountDownLatch warm) {
    return Health.builder(lifecycle)
        .liveness(
            "loops",
            LocalCheck.of(() -> alive.getCount() == 0 ? Optional.empty() : Optional.of("busy")),
            c -> often(c).successesToUp(1))
        .startup(
            "caches",
            () -> HealthResult.upIf(warm.getCount() == 0, "caches are cold"),
            c -> often(c));
  }

  @Test
  void aSlowStartIsNotEndedByLivenessAndReadinessComesRightBehindIt() throws Exception {
    CountDownLatch alive = new CountDownLatch(1);
    CountDownLatch warm = new CountDownLatch(1);
    serve(
        slowToStart(alive, warm),
        new PodProbes(STARTUP.failureThreshold(10_000), READINESS, LIVENESS));
    awaitAsked("/startup", 20);
    assertThat(decided.words()).isEmpty();
    assertThat(requireNonNull(health).snapshot(Probe.LIVENESS).status()).isEqualTo(Status.DOWN);
    assertThat(asked).doesNotContainKeys("/ready", "/healthz");

    alive.countDown();
    Health checks = requireNonNull(health);
    await().until(() -> checks.snapshot(Probe.LIVENESS).status() == Status.UP);
    warm.countDown();
    decided.await("ready");
    awaitAsked("/healthz", 10);
    assertThat(decided.words()).containsExactly("ready");
  }

  @Test
  void withoutAStartupProbeTheSameStartIsEndedByLiveness() throws Exception {
    serve(
        slowToStart(new CountDownLatch(1), new CountDownLatch(1)),
        new PodProbes(null, READINESS, LIVENESS));
    await().until(() -> decided.words().contains("restart: LIVENESS"));
  }

  @Test
  void aDeadlockIsEndedByARestart() throws Exception {
    Health.Builder checks =
        Health.builder(lifecycle).liveness("deadlock", Checks.deadlock(), c -> often(c));
    serve(checks, new PodProbes(STARTUP, READINESS, LIVENESS));
    decided.await("ready");
    awaitAsked("/healthz", 5);
    try (Deadlock deadlock = new Deadlock()) {
      assertThat(deadlock.threads).hasSize(2);
      decided.await("ready", "restart: LIVENESS");
    }
  }

  @Test
  void workersThatAllHangAreEndedByARestart() throws Exception {
    ExecutorService workers = Executors.newFixedThreadPool(2);
    CountDownLatch hang = new CountDownLatch(1);
    serve(
        Health.builder(lifecycle)
            .liveness(
                "workers",
                Checks.executor(workers, Duration.ofMillis(100)),
                c -> often(c).every(Duration.ofSeconds(1)).timeout(Duration.ofSeconds(1))),
        new PodProbes(STARTUP, READINESS, LIVENESS));
    decided.await("ready");
    try {
      for (int i = 0; i < 2; i++) {
        workers.execute(() -> awaitUninterrupted(hang));
      }
      decided.await("ready", "restart: LIVENESS");
    } finally {
      hang.countDown();
      workers.shutdownNow();
    }
  }

  @Test
  void aDeadDependencyTakesItOutOfTheEndpointsAndNeverRestartsIt() throws Exception {
    int port = FreePort.next();
    ServerSocket dependency = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
    serve(
        Health.builder(lifecycle)
            .readiness("orders-db", Checks.tcp("127.0.0.1", port), c -> often(c))
            .liveness("deadlock", Checks.deadlock(), c -> often(c)),
        new PodProbes(STARTUP, READINESS, LIVENESS));
    try (dependency) {
      decided.await("ready");
    }
    decided.await("ready", "not ready");
    awaitAsked("/healthz", 20);
    assertThat(decided.words()).containsExactly("ready", "not ready");
    try (ServerSocket again = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
      assertThat(again.isBound()).isTrue();
      decided.await("ready", "not ready", "ready");
    }
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Two threads that wait for each other, until it is closed. */
  private static final class Deadlock implements AutoCloseable {
    private final CountDownLatch bothHold = new CountDownLatch(2);
    private final List<Thread> threads;

    Deadlock() {
      ReentrantLock one = new ReentrantLock();
      ReentrantLock two = new ReentrantLock();
      threads = List.of(new Thread(() -> lock(one, two)), new Thread(() -> lock(two, one)));
      threads.forEach(Thread::start);
    }

    private void lock(ReentrantLock first, ReentrantLock second) {
      first.lock();
      try {
        bothHold.countDown();
        bothHold.await();
        second.lockInterruptibly();
        second.unlock();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        first.unlock();
      }
    }

    @Override
    public void close() throws InterruptedException {
      for (Thread thread : threads) {
        thread.interrupt();
        thread.join();
      }
    }
  }
}
