package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import redis.embedded.RedisServer;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class LettuceCheckTest {
  private int port;
  private RedisServer server;
  private RedisClient client;
  private StatefulRedisConnection<String, String> connection;

  @BeforeEach
  void connect() throws Exception {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    server = startServer();
    client = RedisClient.create(RedisURI.create("127.0.0.1", port));
    connection = client.connect();
  }

  @AfterEach
  void stop() throws Exception {
    connection.close();
    client.shutdown(ofMillis(0), ofSeconds(2));
    server.stop();
  }

  @Test
  void isUpWhileTheServerReplies() throws Exception {
    assertThat(LettuceCheck.of(connection).check()).isEqualTo(HealthResult.up());
  }

  @Test
  void aFrozenServerIsDownAtTheTimeoutAndItsThawShowsToo() throws Exception {
    HealthCheck check = LettuceCheck.of(connection);
    try (Health health =
        Health.builder(new Lifecycle())
            .readiness(
                "sessions",
                check,
                c -> c.every(ofMillis(300)).timeout(ofMillis(300)).recheck(ofMillis(50)))
            .start()) {
      await().until(() -> status(health) == Status.UP);
      try (Freezer freezer = Freezer.freeze(process())) {
        assertThat(freezer).isNotNull();
        await().atMost(ofSeconds(10)).until(() -> status(health) == Status.DOWN);
        assertThat(health.snapshot(Probe.READINESS).checks().get(0).reason())
            .isEqualTo("no reply to PING within 0.3 s");
      }
      await().atMost(ofSeconds(10)).until(() -> status(health) == Status.UP);
    }
  }

  @Test
  void aServerThatIsGoneIsDownAndNoPingWaitsForItsReturn() throws Exception {
    HealthCheck check = LettuceCheck.of(connection);
    server.stop();
    await().until(() -> !connection.isOpen());
    for (int i = 0; i < 100; i++) {
      assertThat(check.check()).isEqualTo(HealthResult.down("not connected"));
    }
    server = startServer();
    await().atMost(ofSeconds(30)).until(() -> check.check().status() == Status.UP);
    String stats = connection.sync().info("commandstats");
    // Those of the handshake and of the polls above, not the hundred of before.
    assertThat(stats).doesNotContainPattern("cmdstat_ping:calls=\\d{3,}");
  }

  @Test
  void noPingThatGotNoReplyIsSentAgainLater() throws Exception {
    HealthCheck check = LettuceCheck.of(connection);
    ProcessHandle process = process();
    try {
      Freezer.freeze(process); // and never thawed: it is killed
      for (int i = 0; i < 20; i++) {
        assertThat(check.check(ofMillis(50)).status()).isEqualTo(Status.DOWN);
      }
    } finally {
      process.destroyForcibly();
    }
    process.onExit().join();
    server.stop();
    server = startServer();
    Awaitility.await().atMost(ofSeconds(30)).until(connection::isOpen);
    assertThat(connection.sync().info("commandstats")).doesNotContain("cmdstat_ping:");
  }

  @Test
  void aClosedConnectionIsDown() throws Exception {
    connection.close();
    assertThat(LettuceCheck.of(connection).check()).isEqualTo(HealthResult.down("not connected"));
  }

  @Test
  void aServerThatRefusesIsAFailure() throws Exception {
    connection.sync().configSet("requirepass", "other");
    try (StatefulRedisConnection<String, String> anonymous = anonymous()) {
      HealthCheck check = LettuceCheck.of(anonymous);
      assertThat(org.assertj.core.api.Assertions.catchThrowable(check::check))
          .hasMessageStartingWith("NOAUTH");
    }
    connection.sync().configSet("requirepass", "");
  }

  private StatefulRedisConnection<String, String> anonymous() {
    client.setOptions(
        io.lettuce.core.ClientOptions.builder()
            .pingBeforeActivateConnection(false)
            .protocolVersion(io.lettuce.core.protocol.ProtocolVersion.RESP2)
            .build());
    return client.connect();
  }

  private static Status status(Health health) {
    return health.snapshot(Probe.READINESS).checks().get(0).status();
  }

  private RedisServer startServer() throws Exception {
    RedisServer started =
        RedisServer.newRedisServer().bind("127.0.0.1").port(port).setting("save \"\"").build();
    started.start();
    return started;
  }

  private ProcessHandle process() {
    Matcher pid = Pattern.compile("process_id:(\\d+)").matcher(connection.sync().info("server"));
    assertThat(pid.find()).isTrue();
    return ProcessHandle.of(Long.parseLong(pid.group(1))).orElseThrow();
  }
}
