package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.testing.FreePort;
import dev.zdd.testing.Freezer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class HikariCheckTest {
  private static final CheckOptions QUICK =
      CheckOptions.DEFAULTS.every(ofSeconds(1)).recheck(ofMillis(500));

  @TempDir private static Path directory;
  private static EmbeddedPostgres postgres;

  private final Lifecycle lifecycle = new Lifecycle();
  private final AtomicBoolean stopLoad = new AtomicBoolean();
  private final List<Thread> load = new ArrayList<>();
  private HikariDataSource pool = new HikariDataSource(config(2));
  private Health health = Health.builder(lifecycle).start();

  @BeforeAll
  static void startPostgres() throws Exception {
    postgres =
        EmbeddedPostgres.builder()
            .setPort(FreePort.next())
            .setDataDirectory(directory.resolve("data"))
            .start();
  }

  @AfterAll
  static void stopPostgres() throws Exception {
    postgres.close();
  }

  @AfterEach
  void stop() throws Exception {
    stopLoad.set(true);
    for (Thread thread : load) {
      thread.join();
    }
    health.close();
    pool.close();
  }

  @Test
  void isUpAndGivesTheConnectionBack() throws Exception {
    HealthCheck check = HikariCheck.of(pool);
    for (int i = 0; i < 10; i++) {
      assertThat(check.check()).isEqualTo(HealthResult.up());
    }
    assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
  }

  @Test
  void aClosedPoolIsDownAtOnce() throws Exception {
    pool.close();
    long start = System.nanoTime();
    assertThat(HikariCheck.of(pool).check(ofSeconds(20)))
        .isEqualTo(HealthResult.down("the pool is closed"));
    assertThat(ofMillis((System.nanoTime() - start) / 1_000_000)).isLessThan(ofSeconds(5));
  }

  @Test
  void aSuspendedPoolIsDegradedAtOnceAndUpOnceResumed() throws Exception {
    HikariConfig config = config(2);
    config.setAllowPoolSuspension(true);
    try (HikariDataSource suspended = new HikariDataSource(config)) {
      HealthCheck check = HikariCheck.of(suspended);
      suspended.getHikariPoolMXBean().suspendPool();
      // A borrow would not come back before the resumption below, and this test not to its end.
      assertThat(check.check()).isEqualTo(HealthResult.degraded("the pool is suspended"));
      suspended.getHikariPoolMXBean().resumePool();
      assertThat(check.check()).isEqualTo(HealthResult.up());
    }
  }

  @Test
  void anyDataSourceIsUpWhileItsConnectionsAreValid() throws Exception {
    HealthCheck check = DataSourceCheck.of(postgres.getPostgresDatabase());
    assertThat(check.check()).isEqualTo(HealthResult.up());
    lifecycle.ready();
    health.close();
    health = Health.builder(lifecycle).readiness("db", check, c -> QUICK.failuresToDown(1)).start();
    await().until(() -> health.snapshot(Probe.READINESS).status() == Status.UP);
    try (Freezer freezer = Freezer.freeze(postmaster())) {
      assertThat(freezer).isNotNull();
      await().until(() -> health.snapshot(Probe.READINESS).status() == Status.DOWN);
    }
    await().until(() -> health.snapshot(Probe.READINESS).status() == Status.UP);
  }

  @Test
  void buildsAPoolThatIsBuiltAtFirstUse() throws Exception {
    try (HikariDataSource lazy = new HikariDataSource()) {
      config(2).copyStateTo(lazy);
      assertThat(lazy.getHikariPoolMXBean()).isNull();
      assertThat(HikariCheck.of(lazy).check()).isEqualTo(HealthResult.up());
    }
  }

  @Test
  void aPoolThatMayStillGrowIsAskedForAConnectionAndNotGoneAround() throws Exception {
    HikariConfig config = config(2);
    config.setMinimumIdle(0);
    try (HikariDataSource empty = new HikariDataSource(config)) {
      assertThat(empty.getHikariPoolMXBean().getTotalConnections()).isZero();
      assertThat(HikariCheck.of(empty).check(ofSeconds(20))).isEqualTo(HealthResult.up());
      assertThat(empty.getHikariPoolMXBean().getTotalConnections()).isEqualTo(1);
    }
  }

  @Test
  void aFullPoolOnAHealthyDatabaseIsDegradedAndNothingIsBorrowed() throws Exception {
    HealthCheck check = HikariCheck.of(pool);
    try (Connection one = pool.getConnection();
        Connection two = pool.getConnection()) {
      // All in use, nobody waits: that is what a pool is for. And the check does not queue.
      assertThat(check.check(ofSeconds(10))).isEqualTo(HealthResult.up());
      assertThat(two).isNotSameAs(one);

      putUnderLoad(3);
      await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 3);
      assertThat(check.check(ofSeconds(10)))
          .isEqualTo(HealthResult.degraded("saturated: 2 connections in use, 3 threads waiting"));
      assertThat(pool.getHikariPoolMXBean().getThreadsAwaitingConnection()).isEqualTo(3);
      stopLoad.set(true);
    }
  }

  @Test
  void aFullPoolOnAFullDatabaseIsDegradedToo() throws Exception {
    try (Connection admin = postgres.getPostgresDatabase().getConnection();
        Statement statement = admin.createStatement()) {
      statement.execute("CREATE ROLE two LOGIN PASSWORD 'two' CONNECTION LIMIT 2");
    }
    HikariConfig config = config(2);
    config.setJdbcUrl("jdbc:postgresql://localhost:" + postgres.getPort() + "/postgres");
    config.setUsername("two");
    config.setPassword("two");
    config.setMinimumIdle(2);
    pool.close();
    pool = new HikariDataSource(config);
    try (Connection one = pool.getConnection();
        Connection two = pool.getConnection()) {
      assertThat(two).isNotSameAs(one);
      putUnderLoad(1);
      await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
      assertThat(HikariCheck.of(pool).check(ofSeconds(10)).status()).isEqualTo(Status.DEGRADED);
      stopLoad.set(true);
    }
  }

  @Test
  void aDatabaseThatIsAwayIsDownAndNothingIsSaidOfWhereItIs() {
    pool.close();
    HikariConfig config = config(2);
    config.setJdbcUrl("jdbc:postgresql://127.0.0.1:1/secret-name");
    config.setInitializationFailTimeout(-1);
    pool = new HikariDataSource(config);
    putUnderLoad(2);
    start();
    await().until(() -> ready() == 503 && health.snapshot(Probe.READINESS).status() == Status.DOWN);
    CheckSnapshot check = health.snapshot(Probe.READINESS).checks().get(0);
    assertThat(check.reason()).isNotNull().doesNotContain("127.0.0.1", "secret-name", "postgres");
  }

  @Test
  void aFrozenDatabaseShowsWithinTheAnnouncedTimeAndItsThawToo() throws Exception {
    start();
    await().until(() -> ready() == 200);
    freezeAndThaw();
  }

  @Test
  void aFrozenDatabaseShowsWithinTheAnnouncedTimeThoughThePoolLooksFull() throws Exception {
    putUnderLoad(6);
    start();
    await().until(() -> ready() == 200);
    // So many threads for two connections: the pool is full before, and stays so when frozen.
    await().until(() -> health.snapshot(Probe.READINESS).status() == Status.DEGRADED);
    freezeAndThaw();
  }

  private void freezeAndThaw() throws Exception {
    long frozenAt = System.nanoTime();
    try (Freezer freezer = Freezer.freeze(postmaster())) {
      assertThat(freezer).isNotNull();
      Duration slowest = Duration.ZERO;
      while (true) {
        long asked = System.nanoTime();
        int status = ready();
        Duration took = Duration.ofNanos(System.nanoTime() - asked);
        slowest = took.compareTo(slowest) > 0 ? took : slowest;
        assertThat(alive()).isEqualTo(200);
        Duration since = Duration.ofNanos(System.nanoTime() - frozenAt);
        if (status == 503) {
          assertThat(since).isGreaterThan(ofSeconds(1));
          break;
        }
        assertThat(since).isLessThanOrEqualTo(QUICK.detection());
        java.util.concurrent.locks.LockSupport.parkNanos(1_000_000);
      }
      assertThat(slowest).isLessThan(ofMillis(500));
    }
    await().atMost(ofSeconds(20)).until(() -> ready() == 200);
  }

  private void start() {
    health.close();
    health =
        Health.builder(lifecycle).readiness("orders-db", HikariCheck.of(pool), c -> QUICK).start();
    lifecycle.ready();
  }

  private int ready() {
    return health.endpoint().handle(EndpointRequest.of("GET", "/ready", null)).status();
  }

  private int alive() {
    return health.endpoint().handle(EndpointRequest.of("GET", "/healthz", null)).status();
  }

  private void putUnderLoad(int threads) {
    for (int i = 0; i < threads; i++) {
      Thread thread = new Thread(this::queries);
      thread.setDaemon(true);
      thread.start();
      load.add(thread);
    }
  }

  private void queries() {
    while (!stopLoad.get()) {
      try (Connection connection = pool.getConnection();
          Statement statement = connection.createStatement()) {
        statement.execute("SELECT pg_sleep(0.02)");
      } catch (SQLException e) {
        Thread.onSpinWait(); // What fails is tried again until the test is over.
      }
    }
  }

  private static HikariConfig config(int size) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
    config.setMaximumPoolSize(size);
    config.setConnectionTimeout(5_000);
    return config;
  }

  private static ProcessHandle postmaster() throws Exception {
    String pid = Files.readAllLines(directory.resolve("data/postmaster.pid")).get(0).strip();
    return ProcessHandle.of(Long.parseLong(pid)).orElseThrow();
  }
}
