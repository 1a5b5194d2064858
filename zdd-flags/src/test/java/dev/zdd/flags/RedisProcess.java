package dev.zdd.flags;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import redis.embedded.core.ExecutableProvider;

/**
 * A real redis-server (that of embedded-redis, 6.2) on a port of its own, which can be frozen,
 * killed and started again. Saves nothing by itself.
 */
final class RedisProcess implements AutoCloseable {
  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

  private final Path directory;
  private final int port;
  private final List<String> more;
  private Process process;

  private RedisProcess(Path directory, int port, List<String> more) throws IOException {
    this.directory = directory;
    this.port = port;
    this.more = more;
    restart();
  }

  /** Starts one with these arguments too; returns when it accepts connections. */
  static RedisProcess start(Path parent, String... more) throws IOException {
    int port = freePort();
    return new RedisProcess(
        Files.createDirectories(parent.resolve("redis-" + port)), port, List.of(more));
  }

  /** Starts a Sentinel that alone decides when {@code master}, called "shop", is dead. */
  static RedisProcess sentinel(Path parent, RedisProcess master) throws IOException {
    int port = freePort();
    Path directory = Files.createDirectories(parent.resolve("sentinel-" + port));
    Path settings =
        Files.writeString(
            directory.resolve("sentinel.conf"),
            """
            sentinel monitor shop 127.0.0.1 %d 1
            sentinel down-after-milliseconds shop 500
            sentinel failover-timeout shop 2000
            """
                .formatted(master.port));
    return new RedisProcess(directory, port, List.of(settings.toString(), "--sentinel"));
  }

  /**
   * A port that nobody has, below those that Linux gives to whom asks for any: one of those could
   * be somebody else's by the time a server that was killed wants it again. A cluster's node needs
   * the one 10,000 higher, too.
   */
  static int freePort() throws IOException {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 22_000);
      try (ServerSocket free = new ServerSocket(port, 1, LOCAL);
          ServerSocket bus = new ServerSocket(port + 10_000, 1, LOCAL)) {
        return bus.getLocalPort() - 10_000;
      } catch (BindException e) {
        // another one, then
      }
    }
  }

  int port() {
    return port;
  }

  /** Where it keeps what it saves. */
  Path directory() {
    return directory;
  }

  RedisURI uri() {
    return RedisURI.create("127.0.0.1", port);
  }

  Freezer freeze() throws IOException {
    return Freezer.freeze(process.toHandle());
  }

  /** Kills it (SIGKILL, which ends a frozen process too). */
  void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Starts it, with the dump that was saved, if one was. */
  void restart() throws IOException {
    List<String> command = new ArrayList<>(List.of(Program.PATH.toString()));
    boolean isSentinel = more.contains("--sentinel");
    if (isSentinel) {
      command.addAll(more); // its file comes first
    }
    command.addAll(List.of("--port", port + "", "--bind", "127.0.0.1"));
    command.addAll(List.of("--dir", directory.toString()));
    if (!isSentinel) {
      command.addAll(List.of("--save", ""));
      command.addAll(more);
    }
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    process = started;
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !started.isAlive() || accepts());
    if (!started.isAlive()) {
      throw new IOException("redis-server: " + Files.readString(directory.resolve("log")).strip());
    }
  }

  @Override
  public void close() {
    kill();
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(LOCAL, port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static final class Program {
    static final Path PATH = unpack();

    private static Path unpack() {
      try {
        return ExecutableProvider.newJarResourceProvider().get().toPath();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
