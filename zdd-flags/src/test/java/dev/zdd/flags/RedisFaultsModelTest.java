package dev.zdd.flags;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.output.StatusOutput;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A million evaluations and more, each compared with a model, while the real Redis goes through
 * what can happen to it. {@code -Dzdd.evaluations=10000000} for more of them.
 */
@Timeout(600)
@SuppressWarnings("NullAway.Init")
@Tag("any-jdk")
class RedisFaultsModelTest {
  private static final long EVALUATIONS = Long.getLong("zdd.evaluations", 1_000_000);
  private static final String AWAY = "no connection.*|no reply.*|the connection was lost|Redis .*";

  @TempDir private Path directory;
  private final RedisClient client = RedisClient.create();

  @AfterEach
  void stop() {
    client.shutdown(Duration.ZERO, ofSeconds(2));
  }

  @Test
  void noAnswerIsWrongAndNothingIsLostWhileTheServerIsFrozenKilledEmptiedAndRestored()
      throws Exception {
    try (RedisProcess server =
            RedisProcess.start(directory, "--appendonly", "yes", "--appendfsync", "always");
        RedisFlagWriter writer = writer(server.uri(), ofSeconds(60));
        RedisFlagWriter brief = writer(server.uri(), ofMillis(500));
        ModelledFlags flags = new ModelledFlags(source(server.uri()), writer)) {
      RequestContext request = flags.pinned();
      String first = flags.answering(request);
      flags.change(20);
      flags.awaitServed();
      ModelledFlags.awaiting().ignoreExceptions().until(brief::read, any -> true);

      // Frozen: a write is in the socket, and is done or not when it thaws.
      try (Freezer frozen = server.freeze()) {
        assertThat(frozen).isNotNull();
        flags.writeUnknown(brief);
        flags.awaitStale(AWAY);
      }
      flags.awaitPresentServed();
      flags.change(1);
      flags.awaitServed();

      // Killed, and back with all that it had acknowledged.
      server.kill();
      flags.awaitStale(AWAY);
      server.restart();
      flags.awaitServed();
      flags.assertNothingLost();

      // Back empty: what serves is all there is, and is put back.
      Path file = server.directory().resolve("appendonly.aof");
      server.kill();
      Files.delete(file);
      server.restart();
      flags.awaitStale("no document there .*");
      flags.putBack();
      flags.awaitServed();
      flags.change(5);
      flags.awaitServed();

      // Back with an old backup: that serves nowhere, and what does is put back.
      byte[] backup = Files.readAllBytes(file);
      flags.change(5);
      flags.awaitServed();
      restoreFrom(backup, server, file);
      flags.awaitStale("version: 6, from an old backup\\? \\(expected: >= 11, .*");
      assertThat(flags.stepsLost()).isEqualTo(5);
      flags.putBack();
      flags.awaitServed();
      flags.change(5);
      flags.awaitServed();

      // Once more, and somebody goes on from the backup: that is how it is then, at once.
      restoreFrom(backup, server, file);
      flags.awaitStale("version: 6, from an old backup\\? \\(expected: >= 12, .*");
      flags.change(1);
      flags.awaitServed();
      flags.assertNothingLost();

      assertThat(flags.answering(request)).as("of a request that is not over").isEqualTo(first);
      System.out.printf("%,d evaluations as the model has them%n", flags.evaluate(EVALUATIONS));
    }
  }

  @Test
  void noAnswerIsWrongWhileAFailoverLosesWritesAndTheyArePutBack() throws Exception {
    try (RedisProcess master = RedisProcess.start(directory);
        RedisProcess replica =
            RedisProcess.start(directory, "--replicaof", RedisProcess.HOST, master.port() + "");
        RedisProcess sentinel = RedisProcess.sentinel(directory, "shop", master)) {
      RedisURI uri =
          RedisURI.builder()
              .withSentinel(RedisProcess.HOST, sentinel.port())
              .withSentinelMasterId("shop")
              .build();
      RedisCommands<String, String> atMaster = client.connect(master.uri()).sync();
      RedisCommands<String, String> atReplica = client.connect(replica.uri()).sync();
      ModelledFlags.awaiting()
          .until(() -> atReplica.info("replication").contains("master_link_status:up"));
      var watch = client.connectSentinel(sentinel.uri()).sync();
      ModelledFlags.awaiting().until(() -> !watch.replicas("shop").isEmpty());
      try (RedisFlagWriter writer = writer(uri, ofSeconds(5));
          ModelledFlags flags = new ModelledFlags(source(uri), writer)) {
        flags.change(20);
        assertThat(atMaster.waitForReplication(1, 10_000)).isEqualTo(1);
        replicateNoMore(atMaster);
        flags.change(3);
        flags.awaitServed();
        // No failover before it was seen that the master is away: a quick one can spare the source
        // that.
        watch.set("shop", "down-after-milliseconds", "60000");
        master.kill();
        flags.awaitStale(AWAY);
        watch.set("shop", "down-after-milliseconds", "500");
        flags.awaitStale("version: 21, from an old backup\\? \\(expected: >= 24, .*");
        assertThat(flags.stepsLost()).isEqualTo(3);
        flags.putBack();
        flags.awaitServed();
        flags.change(5);
        flags.awaitServed();
        flags.assertNothingLost();
        System.out.printf("%,d evaluations as the model has them%n", flags.evaluate(EVALUATIONS));
      }
    }
  }

  // A frozen replica would read what the master had sent when it thaws, and be no candidate before.
  private static void replicateNoMore(RedisCommands<String, String> master) {
    CommandArgs<String, String> refused =
        new CommandArgs<>(StringCodec.UTF8)
            .addKeys("SETUSER", "default")
            .addValues("-sync", "-psync");
    assertThat(master.dispatch(CommandType.ACL, new StatusOutput<>(StringCodec.UTF8), refused))
        .isEqualTo("OK");
    assertThat(master.clientKill(KillArgs.Builder.typeSlave())).isEqualTo(1);
  }

  private static void restoreFrom(byte[] backup, RedisProcess server, Path file) throws Exception {
    server.kill();
    Files.write(file, backup);
    server.restart();
  }

  private RedisFlagSource.Builder source(RedisURI uri) {
    return RedisFlagSource.builder(client, uri, "shop")
        .pollInterval(ofMillis(200))
        .timeout(ofSeconds(1));
  }

  private RedisFlagWriter writer(RedisURI uri, Duration timeout) {
    return RedisFlagWriter.of(client, uri, "shop", timeout);
  }
}
