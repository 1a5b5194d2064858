package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.testing.FreePort;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** HAProxy is killed while an instance behind it drains, with a request of its own in flight. */
class BalancerDiesIT {
  private static final Duration LIMIT = Duration.ofMinutes(1);

  @TempDir Path directory;

  /**
   * The instance waits for refusals that nobody fetches any more: announceTimeout (10 s) bounds
   * that. The request that came through HAProxy has no client now, the direct one has; neither may
   * keep the instance from a clean end.
   */
  @ParameterizedTest
  @ValueSource(strings = {"tomcat", "netty"})
  void finishesWhatItHasAndEndsInTime(String server) throws Exception {
    Path program = haproxy();
    int port = FreePort.next();
    int front = FreePort.next();
    try (JarProcess shop =
            JarProcess.start(
                directory,
                "serve",
                "--server",
                server,
                "--port",
                String.valueOf(port),
                "--refusals-needed",
                "2",
                "--idle",
                "1s");
        Killed haproxy = Killed.start(program, config(front, port))) {
      await().atMost(LIMIT).until(() -> JarProcess.status(front, "/work?ms=0") == 200);
      CompletableFuture<Integer> through =
          CompletableFuture.supplyAsync(() -> quietly(front, "/work?ms=3000"));
      CompletableFuture<Integer> direct =
          CompletableFuture.supplyAsync(() -> quietly(port, "/work?ms=3000"));
      // Sent after those two and answered: they have been read by then.
      assertThat(JarProcess.status(front, "/work?ms=300")).isEqualTo(200);
      assertThat(through).isNotDone();
      assertThat(direct).isNotDone();

      long signal = System.nanoTime();
      shop.process.destroy(); // SIGTERM
      haproxy.process.destroyForcibly(); // before it can have been refused twice

      assertThat(direct.get()).isEqualTo(200);
      assertThat(through.get()).as("its connection was HAProxy's").isZero();
      assertThat(shop.exitCode(LIMIT)).as(shop.output()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - signal))
          .isBetween(Duration.ofMillis(9_900), Duration.ofSeconds(16));
      assertThat(shop.output())
          .contains("announced: announceTimeout: 127.0.0.1 has been refused ")
          .contains("clean. Since SIGTERM: served ")
          .contains("cut 0");
    }
  }

  private static int quietly(int port, String target) {
    try {
      HttpResponse<String> response = JarProcess.get(port, target);
      return response.statusCode();
    } catch (IOException e) {
      return 0;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Path config(int front, int shop) throws IOException {
    return Files.writeString(
        directory.resolve("haproxy.cfg"),
        """
        defaults
            mode http
            timeout connect 2s
            timeout client 60s
            timeout server 60s
            timeout check 2s
        frontend front
            bind 127.0.0.1:%d
            default_backend shop
        backend shop
            option httpchk GET /ready
            default-server check inter 1s fall 2 rise 1
            server shop-1 127.0.0.1:%d
        """
            .formatted(front, shop));
  }

  private static Path haproxy() {
    Path program =
        Stream.of("/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy")
            .map(Path::of)
            .filter(Files::isExecutable)
            .findFirst()
            .orElse(null);
    if ("true".equals(System.getenv("CI"))) {
      assertThat(program).as("HAProxy is installed (CI=true)").isNotNull();
    }
    assumeTrue(program != null, "HAProxy is not installed");
    return program;
  }

  private record Killed(Process process) implements AutoCloseable {
    static Killed start(Path program, Path config) throws IOException {
      return new Killed(
          new ProcessBuilder(program.toString(), "-db", "-f", config.toString())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
