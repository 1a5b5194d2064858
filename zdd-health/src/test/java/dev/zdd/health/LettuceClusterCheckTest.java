package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** LettuceCheck on a real Redis Cluster of three masters. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class LettuceClusterCheckTest {
  private static final int[] STARTS = {0, 5461, 10_923, 16_384};

  @TempDir private static Path directory;
  private static final List<RedisProcess> masters = new ArrayList<>();
  private static final List<RedisCommands<String, String>> direct = new ArrayList<>();
  private static final RedisClient administrator = RedisClient.create();

  private RedisClusterClient client;
  private StatefulRedisClusterConnection<String, String> connection;
  private HealthCheck check;

  @BeforeAll
  static void startCluster() throws Exception {
    for (int i = 0; i < 3; i++) {
      RedisProcess master =
          RedisProcess.start(
              directory,
              "--cluster-enabled",
              "yes",
              "--cluster-node-timeout",
              "1000",
              "--slowlog-log-slower-than",
              "0"); // every command
      masters.add(master);
      RedisCommands<String, String> commands = administrator.connect(master.uri()).sync();
      direct.add(commands);
      commands.clusterAddSlots(IntStream.range(STARTS[i], STARTS[i + 1]).toArray());
      commands.clusterSetConfigEpoch(i + 1L);
      if (i > 0) {
        commands.clusterMeet(RedisProcess.HOST, masters.get(0).port());
      }
    }
  }

  @AfterAll
  static void stopCluster() {
    administrator.shutdown(ofMillis(0), ofSeconds(2));
    masters.forEach(RedisProcess::close);
  }

  @BeforeEach
  void connect() {
    for (RedisCommands<String, String> each : direct) {
      await()
          .atMost(ofSeconds(30))
          .until(() ->
              each.clusterInfo().contains("cluster_state:ok")
                  && each.clusterInfo().contains("cluster_known_nodes:3"));
    }
    client = RedisClusterClient.create(masters.get(0).uri());
    connection = client.connect();
    check = LettuceCheck.of(connection);
  }

  @AfterEach
  void disconnect() {
    client.shutdown(ofMillis(0), ofSeconds(2));
  }

  @Test
  void isUpWhileEachSlotHasAMasterThatAnswers() throws Exception {
    assertThat(check.check()).isEqualTo(HealthResult.up());
  }

  @Test
  void asksOnTheConnectionsThatTheApplicationWritesTo() throws Exception {
    for (int i = 0; i < 100; i++) {
      connection.sync().set("key" + i, "value"); // some for each master
    }
    List<Integer> before = connections();
    for (int i = 0; i < 10; i++) {
      assertThat(check.check()).isEqualTo(HealthResult.up());
    }
    assertThat(connections()).isEqualTo(before);
  }

  @Test
  void aFrozenMasterIsDownWithItsSlotsForAReasonAndThawed() throws Exception {
    assertThat(check.check()).isEqualTo(HealthResult.up());
    try (Freezer freezer = masters.get(1).freeze()) {
      assertThat(freezer).isNotNull();
      assertThat(check.check(ofMillis(300)))
          .isEqualTo(
              HealthResult.down(
                  "slots not served: 5461-10922 (no reply to CLUSTER INFO within 0.3 s)"));
      // When the others have noticed, they refuse every key (full coverage is the default).
      await()
          .until(() ->
              check
                  .check(ofMillis(300))
                  .equals(
                      HealthResult.down(
                          "slots not served: 0-5460, 10923-16383 (the master says that the cluster is"
                              + " down), 5461-10922 (no reply to CLUSTER INFO within 0.3 s)")));
    }
    await().until(() -> check.check().status() == Status.UP);
  }

  @Test
  void aKilledMasterIsDownAndItsReturnShowsWhenItServes() throws Exception {
    assertThat(check.check()).isEqualTo(HealthResult.up());
    masters.get(2).kill();
    await()
        .until(() ->
            String.valueOf(check.check(ofMillis(300)).reason())
                .contains("10923-16383 (not connected)"));
    masters.get(2).restart();
    // It says PONG at once, and refuses every key for 2 s (CLUSTERDOWN).
    assertThat(direct.get(2).ping()).isEqualTo("PONG");
    connection.getConnection(RedisProcess.HOST, masters.get(2).port()).sync().ping();
    assertThat(check.check().reason()).contains("16383 (the master says that the cluster is down)");
    await().atMost(ofSeconds(30)).until(() -> check.check().status() == Status.UP);
    for (int i = 0; i < 100; i++) {
      assertThat(connection.sync().set("key" + i, "value")).isEqualTo("OK");
    }
  }

  @Test
  void nothingThatGotNoReplyIsSentAgainLater() throws Exception {
    RedisProcess frozen = masters.get(0);
    assertThat(check.check()).isEqualTo(HealthResult.up());
    frozen.freeze(); // and never thawed: it is killed
    for (int i = 0; i < 10; i++) {
      assertThat(check.check(ofMillis(50)).status()).isEqualTo(Status.DOWN);
      Thread.currentThread().interrupt();
      assertThat(catchThrowable(() -> check.check(ofSeconds(20))))
          .isInstanceOf(InterruptedException.class);
    }
    frozen.kill();
    frozen.restart();
    connection.getConnection(RedisProcess.HOST, frozen.port()).sync().ping(); // waits for it
    assertThat(direct.get(0).slowlogGet(100).toString())
        .containsIgnoringCase("PING")
        .doesNotContainIgnoringCase("[CLUSTER, INFO]");
  }

  @Test
  void aSlotWithoutAMasterIsDown() throws Exception {
    // By all: the others would go on to name the master that they know.
    direct.forEach(each -> each.clusterDelSlots(7, 100));
    try {
      client.refreshPartitions();
      assertThat(check.check().reason()).contains("7, 100 (no known master)");
    } finally {
      direct.get(0).clusterAddSlots(7, 100);
    }
    await()
        .until(() -> {
          client.refreshPartitions();
          return check.check().status() == Status.UP;
        });
  }

  @Test
  void aClosedConnectionIsDown() throws Exception {
    connection.close();
    assertThat(check.check())
        .isEqualTo(HealthResult.down("slots not served: 0-16383 (not connected)"));
  }

  @Test
  void noAddressStandsInAReason() throws Exception {
    RedisProcess gone = masters.get(1);
    gone.kill();
    try {
      await().until(() -> check.check(ofMillis(300)).status() == Status.DOWN);
      assertThat(check.check(ofMillis(300)).reason())
          .doesNotContain(RedisProcess.HOST, gone.port() + "");
    } finally {
      gone.restart();
    }
  }

  @Test
  void manyRangesAreCounted() {
    BitSet slots = new BitSet();
    IntStream.range(0, 20).forEach(i -> slots.set(i * 10, i * 10 + 3));
    assertThat(LettuceClusterCheck.ranges(slots))
        .isEqualTo("0-2, 10-12, 20-22, 30-32 and 16 more ranges");
    slots.clear();
    slots.set(5);
    assertThat(LettuceClusterCheck.ranges(slots)).isEqualTo("5");
  }

  private static List<Integer> connections() {
    return direct.stream()
        .map(each ->
            Integer.parseInt(
                each.info("clients")
                    .lines()
                    .filter(line -> line.startsWith("connected_clients:"))
                    .findFirst()
                    .orElseThrow()
                    .split(":")[1]))
        .toList();
  }
}
