package dev.zdd.examples.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.examples.PostgresServer;
import dev.zdd.examples.kubelet.Decided;
import dev.zdd.examples.kubelet.HttpProbe;
import dev.zdd.examples.kubelet.Kubelet;
import dev.zdd.examples.kubelet.PodProbes;
import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real faults, and what the probes of a service said to each, and when: asked every 20 ms, and by a
 * kubelet. Faults that have nothing to do with each other happen at the same time.
 */
@Timeout(240)
@SuppressWarnings("NullAway.Init")
class FaultsIT {
  private static final Duration DETECTION = Service.OPTIONS.detection();

  /**
   * From the end of a fault: the next run, and as many good ones as it takes; and a busy machine.
   */
  private static final Duration RECOVERY = Duration.ofMillis(1200 + 2 * 500 + 200).plusSeconds(1);

  private static final Duration SLOWEST = Duration.ofSeconds(1);
  private static final Duration NOTICE = Duration.ofMillis(300);
  private static final String NAME = "prices.zdd.example";

  /** Each an hour's jump of the wall clock. */
  private static final Duration JUMP = Duration.ofHours(1);

  private final FaultTable table = new FaultTable();
  private final Decided decided = new Decided();
  private final ExecutorService upstreamThreads = Executors.newCachedThreadPool();
  private volatile CountDownLatch upstreamGate = new CountDownLatch(0);

  @TempDir private Path directory;
  private PostgresServer postgres;
  private RedisProcess redis;
  private Freezer frozenRedis;
  private HttpServer upstream;
  private Backlog backlog;
  private @Nullable FakeClock clock;
  private Process service;
  private Watch watch;
  private Kubelet kubelet;

  private interface Action {
    void run() throws Exception;
  }

  /** {@code reconnect} is what the client itself may take, once the fault is over. */
  private record Fault(String title, String check, Action begin, Action end, Duration reconnect) {
    String path() {
      return "/ready/" + check;
    }
  }

  @BeforeEach
  void start() throws Exception {
    postgres = new PostgresServer(directory);
    redis = RedisProcess.start(directory);
    backlog = new Backlog();
    clock = FakeClock.in(directory);
    upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    upstream.setExecutor(upstreamThreads);
    upstream.createContext(
        "/",
        exchange -> {
          try {
            upstreamGate.await();
            exchange.sendResponseHeaders(204, -1);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange.close();
        });
    upstream.start();
    resolve(true);
    // Else the JVM knows a name for 30 s, and its absence for 10.
    Files.writeString(
        directory.resolve("security"),
        "networkaddress.cache.ttl=0\nnetworkaddress.cache.negative.ttl=0\n");
    int port = startService();
    watch =
        new Watch(
            port,
            List.of(
                "/ready",
                "/healthz",
                "/ready/orders-db",
                "/ready/sessions",
                "/ready/prices",
                "/ready/mail",
                "/ready/name"));
    watch.awaitFirst("/ready", 200, System.nanoTime());
    kubelet =
        new Kubelet(new PodProbes(often("/startup"), often("/ready"), often("/healthz")), decided);
    kubelet.started(port);
    decided.await("ready");
  }

  @AfterEach
  void stop() throws Exception {
    kubelet.close();
    watch.close();
    service.destroyForcibly().onExit().join();
    backlog.close();
    upstream.stop(0);
    upstreamThreads.shutdownNow();
    redis.close();
    postgres.close();
  }

  private static HttpProbe often(String path) {
    return HttpProbe.of(path).period(NOTICE);
  }

  private int startService() throws Exception {
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx192m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Djdk.net.hosts.file=" + directory.resolve("hosts"),
            "-Djava.security.properties=" + directory.resolve("security"),
            "-cp",
            System.getProperty("java.class.path"),
            Service.class.getName(),
            postgres.jdbcUrl(),
            redis.uri().toString(),
            "http://127.0.0.1:" + upstream.getAddress().getPort() + "/",
            String.valueOf(backlog.port()),
            NAME);
    if (clock != null) {
      command.environment().putAll(clock.environment());
    }
    service = command.redirectErrorStream(true).start();
    BufferedReader lines = service.inputReader(StandardCharsets.UTF_8);
    String listens = "listens on ";
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println("service | " + line);
      if (line.startsWith(listens)) {
        Thread pump =
            new Thread(() -> lines.lines().forEach(l -> System.out.println("service | " + l)));
        pump.setDaemon(true);
        pump.start();
        return Integer.parseInt(line.substring(listens.length()));
      }
    }
    throw new AssertionError("the service has ended");
  }

  /** The JVM's own hosts file: what is not in it does not exist. */
  private void resolve(boolean there) throws Exception {
    Path next = directory.resolve("hosts.next");
    Files.writeString(next, "127.0.0.1 localhost\n" + (there ? "127.0.0.1 " + NAME + "\n" : ""));
    Files.move(next, directory.resolve("hosts"), StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void everyFaultShowsInTimeAndInReadinessOnly() throws Exception {
    long start = System.nanoTime();
    List<String> decisions = new ArrayList<>(List.of("ready"));

    happen(
        new Fault(
            "PostgreSQL frozen (SIGSTOP)",
            "orders-db",
            () -> postgres.processes().freeze(),
            () -> postgres.processes().thaw(),
            Duration.ZERO),
        new Fault(
            "Redis frozen (SIGSTOP)",
            "sessions",
            () -> frozenRedis = redis.freeze(),
            () -> frozenRedis.close(),
            Duration.ZERO),
        new Fault(
            "a port that accepts and never answers",
            "prices",
            this::swallow,
            () -> upstreamGate.countDown(),
            Duration.ZERO),
        new Fault("a full accept backlog", "mail", backlog::fill, backlog::drain, Duration.ZERO),
        new Fault(
            "a name that does not resolve",
            "name",
            () -> resolve(false),
            () -> resolve(true),
            Duration.ZERO));
    decisions.addAll(List.of("not ready", "ready"));
    decided.await(decisions.toArray(String[]::new));

    happen(
        // HikariCP tries anew at growing intervals of up to 5 s, Lettuce of up to as long as it was
        // away.
        new Fault(
            "PostgreSQL killed (SIGKILL), started again",
            "orders-db",
            () -> postgres.processes().kill(),
            postgres::restart,
            Duration.ofSeconds(5)),
        new Fault(
            "Redis killed (SIGKILL), started again",
            "sessions",
            redis::kill,
            () -> redis.restart(),
            DETECTION.multipliedBy(2)));
    decisions.addAll(List.of("not ready", "ready"));
    decided.await(decisions.toArray(String[]::new));

    staysReady("the pool exhausted, 3 threads waiting", this::exhaustThePool);
    if (isClockThere()) {
      staysReady("the clock set back by an hour", () -> moveTheClock(JUMP.negated()));
      staysReady("the clock set ahead by two hours", () -> moveTheClock(JUMP));
    }
    happenBriefly(
        "Redis restarted",
        "sessions",
        () -> {
          redis.kill();
          redis.restart();
        });
    happenBriefly("PostgreSQL restarted", "orders-db", postgres::restart);

    Files.writeString(Path.of("target", "faults.md"), table.toString());
    System.out.println(table);
    System.out.println("the kubelet, every 0.3 s, 3 in a row: " + decided.words());
    assertThat(decided.words()).noneMatch(word -> word.startsWith("restart"));
    assertThat(watch.since(start))
        .allSatisfy(answer -> {
          assertThat(answer.status()).as(answer.path()).isIn(200, 503);
          if (answer.path().equals("/healthz")) {
            assertThat(answer.status()).isEqualTo(200);
          }
        });
    assertThat(slowest(start)).isLessThan(SLOWEST);
  }

  /** All at the same time; each must show in its own check, and all of them in /ready. */
  private void happen(Fault... faults) throws Exception {
    int decidedBefore = decided.all().size();
    long[] begun = new long[faults.length];
    for (int i = 0; i < faults.length; i++) {
      faults[i].begin.run();
      begun[i] = System.nanoTime();
    }
    List<Duration> downs = new ArrayList<>();
    for (int i = 0; i < faults.length; i++) {
      downs.add(watch.awaitFirst(faults[i].path(), 503, begun[i]));
    }
    watch.awaitFirst("/ready", 503, begun[0]);
    await().until(() -> decided.all().size() > decidedBefore);
    Duration removed = Duration.ofNanos(decided.all().get(decidedBefore).at() - begun[0]);
    long[] ended = new long[faults.length];
    for (int i = 0; i < faults.length; i++) {
      faults[i].end.run();
      ended[i] = System.nanoTime();
    }
    for (int i = 0; i < faults.length; i++) {
      Fault fault = faults[i];
      Duration up = watch.awaitFirst(fault.path(), 200, ended[i]);
      table.row(fault.title, downs.get(i), FaultTable.seconds(DETECTION), up, slowest(begun[i]));
      System.out.println(table);
      assertThat(downs.get(i)).as(fault.title).isLessThanOrEqualTo(DETECTION);
      assertThat(up)
          .as("after: " + fault.title)
          .isLessThanOrEqualTo(RECOVERY.plus(fault.reconnect));
    }
    watch.awaitFirst("/ready", 200, System.nanoTime());
    System.out.println("removed from the endpoints after " + removed);
    assertThat(removed)
        .isLessThanOrEqualTo(DETECTION.plus(often("/ready").detection()).plusSeconds(1));
  }

  /** A restart: whether it shows depends on how long it takes; afterwards all is well again. */
  private void happenBriefly(String title, String check, Action restart) throws Exception {
    String path = "/ready/" + check;
    long begun = System.nanoTime();
    restart.run();
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    long settled = System.nanoTime() + DETECTION.toNanos() / 2;
    await().atMost(Duration.ofSeconds(30)).until(() -> System.nanoTime() - settled > 0);
    Duration down = watch.first(path, 503, begun);
    Duration up = null;
    if (down != null) {
      up = watch.awaitFirst(path, 200, begun + down.toNanos()).plus(down);
    }
    table.row(
        title + " within " + FaultTable.seconds(took),
        down,
        FaultTable.seconds(DETECTION),
        up,
        slowest(begun));
  }

  /** Something that must not take it out of the balancer, for as long as a failure may need. */
  private void staysReady(String title, Action action) throws Exception {
    long begun = System.nanoTime();
    action.run();
    assertThat(watch.since(begun)).as(title).allMatch(answer -> answer.status() == 200);
    table.row(title, null, "–", null, slowest(begun));
  }

  private void exhaustThePool() throws Exception {
    assertThat(watch.get("/control/exhaust").statusCode()).isEqualTo(200);
    long begun = System.nanoTime();
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> watch.get("/ready?verbose").body().contains("degraded"));
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> System.nanoTime() - begun > DETECTION.toNanos());
    assertThat(watch.get("/ready?verbose").body()).contains("degraded");
    assertThat(watch.get("/control/release").statusCode()).isEqualTo(200);
  }

  private void moveTheClock(Duration ahead) throws Exception {
    FakeClock moved = java.util.Objects.requireNonNull(clock);
    moved.set(ahead);
    await().atMost(Duration.ofSeconds(30)).until(() -> isOff(ahead));
    long begun = System.nanoTime();
    // Two runs of each check at least: what is timed by the wall clock would show.
    await().atMost(Duration.ofSeconds(30)).until(() -> System.nanoTime() - begun > 3_000_000_000L);
    assertThat(isOff(ahead)).isTrue();
  }

  private boolean isOff(Duration ahead) throws Exception {
    Instant there = Instant.parse(watch.get("/control/clock").body());
    return Duration.between(Instant.now().plus(ahead), there).abs().toMinutes() < 5;
  }

  private boolean isClockThere() {
    if ("true".equals(System.getenv("CI"))) {
      assertThat(clock).as("libfaketime is installed (CI=true)").isNotNull();
    }
    return clock != null;
  }

  private void swallow() {
    upstreamGate = new CountDownLatch(1);
  }

  private Duration slowest(long start) {
    return Duration.ofNanos(watch.since(start).mapToLong(Watch.Answer::nanos).max().orElse(0));
  }
}
