package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.ReadFrom;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.masterreplica.MasterReplica;
import io.lettuce.core.masterreplica.StatefulRedisMasterReplicaConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** LettuceCheck on a master with a replica, with and without Sentinel. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class LettuceReplicaTest {
  private static final HealthResult LOST_MASTER =
      HealthResult.down("the replica has lost its master and serves no stale data");
  private static final Duration TIMEOUT = ofMillis(300);

  @TempDir private Path directory;
  private RedisProcess master;
  private RedisProcess replica;
  private final RedisClient client = RedisClient.create();

  @BeforeEach
  void startBoth() throws Exception {
    master = RedisProcess.start(directory, "--repl-diskless-sync-delay", "0");
    replica = RedisProcess.start(directory, replicaOfMaster());
    awaitReplication(replica);
  }

  @AfterEach
  void stop() {
    client.shutdown(ofMillis(0), ofSeconds(2));
    replica.close();
    master.close();
  }

  @Test
  void aReplicaThatServesNoStaleDataIsDownWithoutItsMaster() throws Exception {
    Path seven = Path.of("/usr/bin/redis-server"); // Redis before 7.0 says PONG all the same
    boolean installed = isSevenOrNewer(seven);
    if ("true".equals(System.getenv("CI"))) {
      assertThat(installed).as("%s is installed, 7.0 or newer (CI=true)", seven).isTrue();
    }
    assumeTrue(installed, seven + " is not installed, or older than 7.0");
    try (RedisProcess other = RedisProcess.start(seven, directory, replicaOfMaster())) {
      awaitReplication(other);
      StatefulRedisConnection<String, String> connection = client.connect(other.uri());
      HealthCheck check = LettuceCheck.of(connection);
      assertThat(check.check()).isEqualTo(HealthResult.up());
      master.kill();
      await().until(() -> check.check().equals(LOST_MASTER));
      master.restart();
      await().until(() -> check.check().status() == Status.UP);
    }
  }

  @Test
  void bothTheMasterAndTheNodeThatReadsGoToMustReply() throws Exception {
    HealthCheck check = LettuceCheck.of(masterAndReplica());
    assertThat(check.check()).isEqualTo(HealthResult.up());
    try (Freezer freezer = master.freeze()) {
      assertThat(freezer).isNotNull();
      assertThat(check.check(TIMEOUT))
          .isEqualTo(HealthResult.down("no reply to PING within 0.3 s"));
    }
    await().until(() -> check.check().status() == Status.UP);
    try (Freezer freezer = replica.freeze()) {
      assertThat(freezer).isNotNull();
      assertThat(check.check(TIMEOUT))
          .isEqualTo(HealthResult.down("no reply to ECHO within 0.3 s"));
    }
    await().until(() -> check.check().status() == Status.UP);
  }

  @Test
  void readsFromAReplicaThatHasLostItsMasterAreDown() throws Exception {
    HealthCheck check = LettuceCheck.of(masterAndReplica());
    assertThat(check.check()).isEqualTo(HealthResult.up());
    // The replica alone loses it: the connection to the master stays.
    try (RedisClient direct = RedisClient.create(replica.uri())) {
      direct.connect().sync().replicaof(RedisProcess.HOST, 1);
    }
    await().until(() -> check.check().equals(LOST_MASTER));
  }

  @Test
  void aKilledMasterIsDownAndNothingSentMeanwhileReachesTheNextOne() throws Exception {
    StatefulRedisMasterReplicaConnection<String, String> connection = masterAndReplica();
    HealthCheck check = LettuceCheck.of(connection);
    assertThat(check.check()).isEqualTo(HealthResult.up());
    master.kill();
    for (int i = 0; i < 20; i++) {
      assertThat(check.check(ofMillis(50)).status()).isEqualTo(Status.DOWN);
    }
    master.restart();
    connection.sync().lastsave(); // not a read, so it waits for the master
    try (RedisClient direct = RedisClient.create(master.uri())) {
      String stats = direct.connect().sync().info("commandstats");
      // If any, those of the replica: it begins with a PING.
      assertThat(stats).doesNotContainPattern("cmdstat_ping:calls=\\d\\d");
    }
    await().until(() -> check.check().status() == Status.UP);
  }

  @Test
  void withSentinelAFailoverIsDownAndUpAgainOnTheNewMaster() throws Exception {
    try (RedisProcess sentinel = RedisProcess.sentinel(directory, "main", master)) {
      RedisURI uri = RedisURI.Builder.sentinel(RedisProcess.HOST, sentinel.port(), "main").build();
      StatefulRedisConnection<String, String> connection = client.connect(uri);
      HealthCheck check = LettuceCheck.of(connection);
      assertThat(check.check()).isEqualTo(HealthResult.up());
      awaitReplicaKnownTo(sentinel);
      long killed = System.nanoTime();
      master.kill();
      await().until(() -> check.check().equals(HealthResult.down("not connected")));
      await().atMost(ofSeconds(30)).until(() -> check.check().status() == Status.UP);
      System.out.printf(
          "Sentinel: up on the new master %.1f s after the old one was killed%n",
          (System.nanoTime() - killed) / 1e9);
      assertThat(connection.sync().set("written", "here")).isEqualTo("OK");
      try (RedisClient direct = RedisClient.create(replica.uri())) {
        assertThat(direct.connect().sync().get("written")).isEqualTo("here");
      }
    }
  }

  @Test
  void withSentinelAFailoverShowsOnAMasterAndReplicaConnectionToo() throws Exception {
    try (RedisProcess sentinel = RedisProcess.sentinel(directory, "main", master)) {
      awaitReplicaKnownTo(sentinel);
      RedisURI uri = RedisURI.Builder.sentinel(RedisProcess.HOST, sentinel.port(), "main").build();
      StatefulRedisMasterReplicaConnection<String, String> connection =
          MasterReplica.connect(client, StringCodec.UTF8, uri);
      connection.setReadFrom(ReadFrom.REPLICA_PREFERRED);
      HealthCheck check = LettuceCheck.of(connection);
      assertThat(check.check()).isEqualTo(HealthResult.up());
      master.kill();
      await().until(() -> check.check(TIMEOUT).status() == Status.DOWN);
      await().atMost(ofSeconds(30)).until(() -> check.check(TIMEOUT).status() == Status.UP);
      assertThat(connection.sync().set("written", "here")).isEqualTo("OK");
    }
  }

  private static boolean isSevenOrNewer(Path program) throws Exception {
    if (!Files.isExecutable(program)) {
      return false;
    }
    Process asked = new ProcessBuilder(program.toString(), "--version").start();
    String version = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return version.matches("(?s).* v=([7-9]|\\d\\d)\\..*");
  }

  private String[] replicaOfMaster() {
    return new String[] {
      "--replicaof", RedisProcess.HOST, master.port() + "", "--replica-serve-stale-data", "no"
    };
  }

  private StatefulRedisMasterReplicaConnection<String, String> masterAndReplica() {
    StatefulRedisMasterReplicaConnection<String, String> connection =
        MasterReplica.connect(client, StringCodec.UTF8, List.of(master.uri(), replica.uri()));
    connection.setReadFrom(ReadFrom.REPLICA);
    return connection;
  }

  private void awaitReplicaKnownTo(RedisProcess sentinel) {
    try (RedisClient direct = RedisClient.create(sentinel.uri())) {
      var commands = direct.connectSentinel().sync();
      await().until(() -> "1".equals(commands.master("main").get("num-slaves")));
    }
  }

  private void awaitReplication(RedisProcess one) {
    try (RedisClient direct = RedisClient.create(one.uri())) {
      var commands = direct.connect().sync();
      await().until(() -> commands.info("replication").contains("master_link_status:up"));
    }
  }
}
