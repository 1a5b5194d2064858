package dev.zdd.testing;

import static org.awaitility.Awaitility.await;

import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * A real redis-server with a port and a directory of its own, which can be frozen, killed and
 * started again. The program is the one that embedded-redis brings (Redis 6.2), unless another is
 * named.
 */
public final class RedisProcess implements AutoCloseable {
  public static final String HOST = "127.0.0.1";

  // A node of a Redis Cluster listens here as well, for the other nodes.
  private static final int TO_BUS_PORT = 10_000;

  private static @Nullable Path embedded;

  private final List<String> command;
  private final Path directory;
  private final int port;
  private Process process;

  private RedisProcess(List<String> command, Path directory, int port) throws IOException {
    this.command = List.copyOf(command);
    this.directory = directory;
    this.port = port;
    this.process = launch(this.command, directory, port);
  }

  /** Starts one that saves nothing by itself; returns when it accepts connections. */
  public static RedisProcess start(Path parent, String... settings) throws IOException {
    return start(embedded(), parent, settings);
  }

  /** The same, with a program of one's own. */
  public static RedisProcess start(Path program, Path parent, String... settings)
      throws IOException {
    int port = freePort();
    Path directory = Files.createDirectories(parent.resolve("redis-" + port));
    List<String> command =
        new ArrayList<>(
            List.of(program.toString(), "--port", port + "", "--bind", HOST, "--save", ""));
    command.addAll(List.of("--dir", directory.toString(), "--rdbcompression", "no"));
    command.addAll(List.of(settings));
    return new RedisProcess(command, directory, port);
  }

  /** Starts a Sentinel that alone decides when {@code master}, called {@code name}, is dead. */
  public static RedisProcess sentinel(Path parent, String name, RedisProcess master)
      throws IOException {
    int port = freePort();
    Path directory = Files.createDirectories(parent.resolve("sentinel-" + port));
    Path config = // Sentinel writes to it
        Files.writeString(
            directory.resolve("sentinel.conf"),
            """
            port %1$d
            bind %2$s
            dir %3$s
            sentinel monitor %4$s %2$s %5$d 1
            sentinel down-after-milliseconds %4$s 500
            sentinel failover-timeout %4$s 2000
            """
                .formatted(port, HOST, directory, name, master.port));
    List<String> command = List.of(embedded().toString(), config.toString(), "--sentinel");
    return new RedisProcess(command, directory, port);
  }

  public int port() {
    return port;
  }

  public RedisURI uri() {
    return RedisURI.create(HOST, port);
  }

  /** Where it keeps what it saves, and its log. */
  public Path directory() {
    return directory;
  }

  /** It keeps its connections, and answers nobody. */
  public Freezer freeze() throws IOException {
    return Freezer.freeze(process.toHandle());
  }

  /** Kills it (SIGKILL, which ends a frozen process too); returns when it is gone. */
  public void kill() {
    process.destroyForcibly().onExit().join();
  }

  /** Starts it again after it was killed: the same port, directory and settings, and these. */
  public void restart(String... more) throws IOException {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    process = launch(all, directory, port);
  }

  @Override
  public void close() {
    kill();
  }

  private static Process launch(List<String> command, Path directory, int port) throws IOException {
    Path log = directory.resolve("log");
    Process started =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(() -> !started.isAlive() || accepts(port));
    if (!started.isAlive()) {
      throw new IOException(command + " ended: " + Files.readString(log).strip());
    }
    return started;
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() {
    int port = FreePort.next();
    while (!FreePort.isFree(port + TO_BUS_PORT)) {
      port = FreePort.next();
    }
    return port;
  }

  private static synchronized Path embedded() throws IOException {
    if (embedded == null) {
      embedded = ExecutableProvider.newJarResourceProvider().get().toPath();
    }
    return embedded;
  }
}
