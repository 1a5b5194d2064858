package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.RedisProcess;
import io.lettuce.core.KeyValue;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.resource.ClientResources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class LettuceCloseTest {
  @TempDir private static Path directory;
  private static RedisProcess server;
  private static RedisClient other;
  private static StatefulRedisConnection<String, String> others;

  private final RedisClient client = RedisClient.create(server.uri());

  @BeforeAll
  static void startRedis() throws Exception {
    server = RedisProcess.start(directory);
    other = RedisClient.create(server.uri());
    others = other.connect();
  }

  @AfterAll
  static void stopRedis() {
    other.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    server.close();
  }

  @AfterEach
  void shutDown() {
    client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
  }

  private static CompletableFuture<Throwable> closing(LettuceClose close) {
    return CompletableFuture.supplyAsync(() -> catchThrowable(close::close));
  }

  private static void awaitBlocked() {
    await().until(() -> others.sync().info("clients").contains("blocked_clients:1"));
  }

  // A command is without its reply (BLPOP on an empty list) | close | the reply comes
  @Test
  void waitsForTheReplyToACommandSentBefore() throws Exception {
    LettuceClose close = LettuceClose.of(client);
    StatefulRedisConnection<String, String> connection = client.connect();
    RedisFuture<KeyValue<String, String>> reply = connection.async().blpop(30, "list");
    awaitBlocked();
    CompletableFuture<Throwable> closing = closing(close);
    assertThat(catchThrowable(() -> closing.get(300, java.util.concurrent.TimeUnit.MILLISECONDS)))
        .isInstanceOf(TimeoutException.class);

    others.sync().lpush("list", "value");

    assertThat(closing.get(20, SECONDS)).isNull();
    assertThat(reply.get(1, SECONDS).getValue()).isEqualTo("value");
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  void waitsForConnectionsThatWereOpenBeforeIfItIsGivenThem() throws Exception {
    StatefulRedisConnection<String, String> connection = client.connect();
    RedisFuture<KeyValue<String, String>> reply = connection.async().blpop(30, "early");
    awaitBlocked();
    CompletableFuture<Throwable> closing = closing(LettuceClose.of(client, connection));
    others.sync().lpush("early", "value");
    assertThat(closing.get(20, SECONDS)).isNull();
    assertThat(reply.get(1, SECONDS).getValue()).isEqualTo("value");
  }

  @Test
  void shutsDownAllTheSameAtItsBoundAndSaysSo() throws Exception {
    LettuceClose close = LettuceClose.of(client, Duration.ofSeconds(1));
    StatefulRedisConnection<String, String> blocked = client.connect();
    StatefulRedisConnection<String, String> idle = client.connect();
    RedisFuture<KeyValue<String, String>> reply = blocked.async().blpop(30, "nothing");
    awaitBlocked();

    assertThatThrownBy(close::close)
        .isInstanceOf(TimeoutException.class)
        .hasMessage("after 1.0 s connections with replies missing: 1");

    assertThat(blocked.isOpen()).isFalse();
    assertThat(idle.isOpen()).isFalse();
    assertThat(catchThrowable(() -> reply.get(5, SECONDS))).isNotNull();
  }

  @Test
  void anInterruptEndsTheWaitAndShutsTheClientDown() throws Exception {
    LettuceClose close = LettuceClose.of(client, Duration.ofSeconds(50));
    StatefulRedisConnection<String, String> blocked = client.connect();
    blocked.async().blpop(30, "nothing");
    awaitBlocked();
    Throwable[] failure = new Throwable[1];
    Thread closer = new Thread(() -> failure[0] = catchThrowable(close::close));
    closer.start();
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    closer.interrupt();
    closer.join(20_000);
    assertThat(failure[0]).isInstanceOf(TimeoutException.class);
    assertThat(blocked.isOpen()).isFalse();
  }

  @Test
  void doesNotWaitForConnectionsThatAreClosed() throws Exception {
    LettuceClose close = LettuceClose.of(client, Duration.ofSeconds(50));
    client.connect().close();
    assertThat(closing(close).get(20, SECONDS)).isNull();
  }

  @Test
  void closesAClientThatNeverConnectedAndOneThatIsClosed() throws Exception {
    LettuceClose close = LettuceClose.of(client);
    close.close();
    close.close();
    assertThat(catchThrowable(client::connect)).isNotNull();
  }

  @Test
  void leavesSharedResourcesToTheirOwner() throws Exception {
    ClientResources shared = ClientResources.create();
    RedisClient sharing = RedisClient.create(shared, server.uri());
    LettuceClose close = LettuceClose.of(sharing);
    sharing.connect();
    close.close();
    assertThat(shared.eventExecutorGroup().isShuttingDown()).isFalse();
    shared.shutdown(0, 2, SECONDS).get();
  }

  @Test
  void refusesANegativeBound() {
    assertThatThrownBy(() -> LettuceClose.of(client, Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bound: PT-0.001S (expected: >= 0)");
  }
}
