package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.zdd.testing.FreePort;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
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
class HikariCloseTest {
  @TempDir private static Path directory;
  private static EmbeddedPostgres postgres;

  private final HikariDataSource pool = new HikariDataSource(config());

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
  void closePool() {
    pool.close();
  }

  private static HikariConfig config() {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
    config.setMaximumPoolSize(1);
    config.setConnectionTimeout(20_000);
    return config;
  }

  private static CompletableFuture<Throwable> closing(HikariClose close) {
    return CompletableFuture.supplyAsync(() -> catchThrowable(close::close));
  }

  private static int one(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        var rows = statement.executeQuery("SELECT 1")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  // a task holds a connection, another waits for it | close | the one gives it back, the other gets
  // it, uses it, gives it back | only now is the pool closed
  @Test
  void waitsForTheConnectionInUseAndForWhoWaitsForIt() throws Exception {
    Connection held = pool.getConnection();
    CompletableFuture<Integer> second =
        CompletableFuture.supplyAsync(() -> {
          try (Connection connection = pool.getConnection()) {
            return one(connection);
          } catch (SQLException e) {
            throw new IllegalStateException(e);
          }
        });
    await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);
    CompletableFuture<Throwable> closing = closing(HikariClose.of(pool));

    assertThat(one(held)).isEqualTo(1);
    assertThat(closing).isNotDone();
    assertThat(pool.isClosed()).isFalse();
    held.close();

    assertThat(closing.get(20, SECONDS)).isNull();
    assertThat(second.get(20, SECONDS)).isEqualTo(1);
    assertThat(pool.isClosed()).isTrue();
  }

  @Test
  void closesAnIdlePoolAtOnceAndOnce() throws Exception {
    pool.getConnection().close();
    HikariClose close = HikariClose.of(pool, Duration.ZERO);
    close.close();
    assertThat(pool.isClosed()).isTrue();
    close.close();
  }

  @Test
  void closesAPoolThatWasNeverUsed() throws Exception {
    HikariDataSource lazy = new HikariDataSource();
    HikariClose.of(lazy).close();
    assertThat(lazy.isClosed()).isTrue();
  }

  @Test
  void closesAllTheSameAtItsBoundAndSaysHowManyWereInUse() throws Exception {
    Connection held = pool.getConnection();
    // Waits in vain until its own timeout, which the test does not wait for.
    CompletableFuture<Throwable> waiting =
        CompletableFuture.supplyAsync(() -> catchThrowable(pool::getConnection));
    await().until(() -> pool.getHikariPoolMXBean().getThreadsAwaitingConnection() == 1);

    assertThatThrownBy(HikariClose.of(pool, Duration.ofMillis(200))::close)
        .isInstanceOf(TimeoutException.class)
        .hasMessage("after 0.2 s connections in use: 1, threads waiting for one: 1; aborted");

    assertThat(pool.isClosed()).isTrue();
    assertThatThrownBy(() -> one(held)).isInstanceOf(SQLException.class);
    assertThat(waiting).isNotNull();
  }

  @Test
  void anInterruptEndsTheWaitAndClosesThePool() throws Exception {
    Connection held = pool.getConnection();
    Throwable[] failure = new Throwable[1];
    HikariClose close = HikariClose.of(pool, Duration.ofSeconds(50));
    Thread closer = new Thread(() -> failure[0] = catchThrowable(close::close));
    closer.start();
    await().until(() -> closer.getState() == Thread.State.TIMED_WAITING);
    closer.interrupt();
    closer.join(20_000);
    assertThat(failure[0]).isInstanceOf(TimeoutException.class);
    assertThat(pool.isClosed()).isTrue();
    assertThat(held).isNotNull();
  }

  @Test
  void refusesANegativeBound() {
    assertThatThrownBy(() -> HikariClose.of(pool, Duration.ofMillis(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("bound: PT-0.001S (expected: >= 0)");
  }
}
