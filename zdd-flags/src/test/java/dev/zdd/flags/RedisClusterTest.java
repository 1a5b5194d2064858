package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.cluster.SlotHash;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flags on a real Redis Cluster of three masters, two of which can elect the replica of the one
 * that has the flags.
 */
@Timeout(90)
@SuppressWarnings("NullAway.Init")
@Tag("any-jdk")
class RedisClusterTest {
  private static final int SLOTS = 16_384;
  private static final int SLOT = SlotHash.getSlot(new RedisKeys("shop").flags());

  @TempDir private Path directory;
  private final List<RedisProcess> nodes = new ArrayList<>();
  private final List<RedisCommands<String, String>> direct = new ArrayList<>();
  private RedisClient client;

  @BeforeEach
  void startCluster() throws Exception {
    client = RedisClient.create();
    for (int i = 0; i < 4; i++) {
      nodes.add(
          RedisProcess.start(
              directory,
              "--cluster-enabled",
              "yes",
              "--cluster-node-timeout",
              "1000",
              "--cluster-require-full-coverage",
              "no"));
      direct.add(client.connect(nodes.get(i).uri()).sync());
      direct.get(i).clusterSetConfigEpoch(i + 1L);
      if (i > 0) {
        direct.get(i).clusterMeet(RedisProcess.HOST, nodes.get(0).port());
      }
    }
    // The second node has the flags' slot and no other; the fourth is its replica.
    direct.get(0).clusterAddSlots(IntStream.range(0, SLOT).toArray());
    direct.get(1).clusterAddSlots(SLOT);
    direct.get(2).clusterAddSlots(IntStream.range(SLOT + 1, SLOTS).toArray());
    awaitThatAllKnow("cluster_known_nodes:4");
    String owner = direct.get(1).clusterMyId();
    await()
        .atMost(ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(direct.get(3).clusterReplicate(owner)).isEqualTo("OK"));
    awaitThatAllKnow("cluster_state:ok");
    await().atMost(ofSeconds(30)).until(() -> direct.get(1).info("replication").contains("slave0"));
  }

  @AfterEach
  void stop() {
    client.shutdown(Duration.ZERO, ofSeconds(2));
    nodes.forEach(RedisProcess::close);
  }

  @Test
  void theNodeThatHasTheFlagsIsFoundThroughAnyThatAnswers() throws Exception {
    RedisURI first = nodes.get(0).uri();
    try (RedisFlagWriter writer = writer(first);
        Flags flags = Flags.of(source(first).build())) {
      assertThat(write(writer, "100")).isInstanceOf(FlagWrite.Written.class);
      await().until(() -> flags.flag("f").isEnabled("alice"));
      write(writer, "0");
      await().until(() -> !flags.flag("f").isEnabled("alice"));
      assertThat(flags.status().problem()).isNull();
    }
    try (Freezer frozen = nodes.get(0).freeze();
        RedisFlagWriter writer = writer(first, nodes.get(2).uri())) {
      assertThat(frozen).isNotNull();
      assertThat(write(writer, "100")).isInstanceOf(FlagWrite.Written.class);
    }
  }

  @Test
  void theFlagsAreFollowedToTheReplicaThatTakesOver() throws Exception {
    RedisURI[] all = nodes.stream().map(RedisProcess::uri).toArray(RedisURI[]::new);
    try (RedisFlagWriter writer = writer(all);
        Flags flags = Flags.of(source(all).build())) {
      write(writer, "100");
      await().until(() -> flags.flag("f").isEnabled("alice"));
      await()
          .until(() ->
              direct.get(3).info("replication").contains("master_link_status:up")
                  && direct.get(1).waitForReplication(1, 100) == 1);

      nodes.get(1).kill();

      assertThat(flags.flag("f").isEnabled("alice")).isTrue();
      await()
          .atMost(ofSeconds(30))
          .ignoreExceptions()
          .untilAsserted(
              () -> assertThat(write(writer, "0")).isInstanceOf(FlagWrite.Written.class));
      await().atMost(ofSeconds(30)).until(() -> !flags.flag("f").isEnabled("alice"));
      assertThat(writer.read().revision().version()).isEqualTo(2);
    }
  }

  private void awaitThatAllKnow(String what) {
    for (RedisCommands<String, String> each : direct) {
      await().atMost(ofSeconds(30)).until(() -> each.clusterInfo().contains(what));
    }
  }

  private RedisFlagSource.Builder source(RedisURI... uris) {
    return RedisFlagSource.cluster(client, List.of(uris), "shop").timeout(ofSeconds(5));
  }

  private RedisFlagWriter writer(RedisURI... uris) {
    return RedisFlagWriter.cluster(client, List.of(uris), "shop", ofSeconds(5));
  }

  private static FlagWrite write(RedisFlagWriter writer, String percentage) throws Exception {
    String document =
        "{\"flags\":{\"f\":{\"enabled\":true,\"percentage\":\"" + percentage + "\"}}}";
    return writer.write(writer.read().revision(), document.getBytes(UTF_8));
  }
}
