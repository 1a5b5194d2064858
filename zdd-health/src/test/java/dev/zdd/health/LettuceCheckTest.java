package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.zdd.core.Lifecycle;
import dev.zdd.testing.Freezer;
import dev.zdd.testing.RedisProcess;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.protocol.ProtocolVersion;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** On a connection to one server; the other kinds have classes of their own. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class LettuceCheckTest {
  @TempDir private Path directory;
  private RedisProcess server;
  private RedisClient client;
  private StatefulRedisConnection<String, String> connection;

  @BeforeEach
  void connect() throws Exception {
    server = RedisProcess.start(directory);
    client = RedisClient.create(server.uri());
    connection = client.connect();
  }

  @AfterEach
  void stop() {
    connection.close();
    client.shutdown(ofMillis(0), ofSeconds(2));
    server.close();
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
      try (Freezer freezer = server.freeze()) {
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
    server.kill();
    await().until(() -> !connection.isOpen());
    for (int i = 0; i < 100; i++) {
      assertThat(check.check()).isEqualTo(HealthResult.down("not connected"));
    }
    server.restart();
    await().atMost(ofSeconds(30)).until(() -> check.check().status() == Status.UP);
    // That of the poll above, perhaps some, and not the hundred of before.
    assertThat(pingsSeen()).isLessThan(100);
  }

  @Test
  void noPingThatGotNoReplyIsSentAgainLater() throws Exception {
    HealthCheck check = LettuceCheck.of(connection);
    server.freeze(); // and never thawed: it is killed
    for (int i = 0; i < 20; i++) {
      assertThat(check.check(ofMillis(50)).status()).isEqualTo(Status.DOWN);
    }
    restartAndReconnect();
    assertThat(pingsSeen()).isZero();
  }

  @Test
  void aPingThatIsInterruptedIsNotSentAgainLaterEither() throws Exception {
    HealthCheck check = LettuceCheck.of(connection);
    // All its classes are loaded after this: an agent's work on one may swallow an interrupt.
    assertThat(check.check()).isEqualTo(HealthResult.up());
    server.freeze();
    for (int i = 0; i < 20; i++) {
      Thread.currentThread().interrupt();
      assertThat(catchThrowable(() -> check.check(ofSeconds(20))))
          .isInstanceOf(InterruptedException.class);
    }
    restartAndReconnect();
    assertThat(pingsSeen()).isZero();
  }

  @Test
  void aServerThatLoadsItsDataSetIsDownUntilItHasIt() throws Exception {
    // Redis looks at its connections while it loads, but only every 2 MiB.
    String value = "v".repeat(1_000_000);
    for (int i = 0; i < 40; i++) {
      connection.sync().set("key" + i, value);
    }
    connection.sync().save();
    server.kill();
    server.restart("--key-load-delay", "50000"); // microseconds for each key
    await().until(connection::isOpen);
    HealthCheck check = LettuceCheck.of(connection);
    assertThat(check.check()).isEqualTo(HealthResult.down("the server is loading its data set"));
    await().until(() -> check.check().status() == Status.UP);
    assertThat(connection.sync().dbsize()).isEqualTo(40);
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
      assertThat(catchThrowable(check::check)).hasMessageStartingWith("NOAUTH");
    }
    connection.sync().configSet("requirepass", "");
  }

  private StatefulRedisConnection<String, String> anonymous() {
    client.setOptions(
        ClientOptions.builder()
            .pingBeforeActivateConnection(false)
            .protocolVersion(ProtocolVersion.RESP2)
            .build());
    return client.connect();
  }

  private static Status status(Health health) {
    return health.snapshot(Probe.READINESS).checks().get(0).status();
  }

  private void restartAndReconnect() throws Exception {
    server.kill();
    server.restart();
    await().atMost(ofSeconds(30)).until(connection::isOpen);
  }

  private int pingsSeen() {
    // "cmdstat_ping:calls=3,usec=…"; no such line if there was none.
    return connection
        .sync()
        .info("commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_ping:"))
        .mapToInt(line -> Integer.parseInt(line.split("[=,]")[1]))
        .sum();
  }
}
