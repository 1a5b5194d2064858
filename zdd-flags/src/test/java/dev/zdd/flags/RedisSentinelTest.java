package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A real Sentinel, whose master dies. */
@Timeout(90)
@Tag("any-jdk")
class RedisSentinelTest {
  @TempDir Path directory;

  @Test
  void theFlagsAreFollowedToTheMasterThatSentinelNamesNext() throws Exception {
    RedisClient client = RedisClient.create();
    try (RedisProcess master = RedisProcess.start(directory);
        RedisProcess replica =
            RedisProcess.start(directory, "--replicaof", RedisProcess.HOST, master.port() + "");
        RedisProcess sentinel = RedisProcess.sentinel(directory, "shop", master)) {
      RedisURI uri =
          RedisURI.builder()
              .withSentinel(RedisProcess.HOST, sentinel.port())
              .withSentinelMasterId("shop")
              .build();
      RedisCommands<String, String> at = client.connect(replica.uri()).sync();
      await().until(() -> at.info("replication").contains("master_link_status:up"));
      var watch = client.connectSentinel(sentinel.uri()).sync();
      await().atMost(ofSeconds(30)).until(() -> !watch.replicas("shop").isEmpty());
      try (RedisFlagWriter writer = RedisFlagWriter.of(client, uri, "shop");
          Flags flags =
              Flags.of(
                  RedisFlagSource.builder(client, uri, "shop").timeout(ofSeconds(5)).build())) {
        write(writer, "100");
        await().until(() -> flags.flag("f").isEnabled("alice"));
        await().until(() -> at.hget("zdd:{shop}:flags", "version") != null);

        master.kill();

        // Its first attempts meet a master that is dead, and a replica that refuses to write.
        await()
            .atMost(ofSeconds(60))
            .ignoreExceptions()
            .untilAsserted(
                () -> assertThat(write(writer, "0")).isInstanceOf(FlagWrite.Written.class));
        await().atMost(ofSeconds(30)).until(() -> !flags.flag("f").isEnabled("alice"));
        assertThat(at.hget("zdd:{shop}:flags", "version")).isEqualTo("2");
        await().until(() -> flags.status().problem() == null);
      }
    } finally {
      client.shutdown(Duration.ZERO, ofSeconds(2));
    }
  }

  private static FlagWrite write(RedisFlagWriter writer, String percentage) throws Exception {
    String document =
        "{\"flags\":{\"f\":{\"enabled\":true,\"percentage\":\"" + percentage + "\"}}}";
    return writer.write(writer.read().revision(), document.getBytes(UTF_8));
  }
}
