package dev.zdd.health;

import static dev.zdd.health.Waits.await;

import io.lettuce.core.RedisURI;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import redis.embedded.core.ExecutableProvider;

/**
 * A real redis-server with a port and a directory of its own, which can be frozen, killed and
 * started again. The program is the one that embedded-redis brings (Redis 6.2), unless another is
 * named.
 */
final class RedisProcess implements AutoCloseable {
  static final String HOST = "127.0.0.1";

  private static final InetAddress LOCAL = InetAddress.getLoopbackAddress();

  // A node of a Redis Cluster listens here as well, for the other nodes.
  private static final int TO_BUS_PORT = 10_000;

  private static @Nullable Path embedded;

  private final List<String> command;
  private final Path directory;
  private final int port;
  private @Nullable Process process;

  private RedisProcess(List<String> command, Path directory, int port) {
    this.command = List.copyOf(command);
    this.directory = directory;
    this.port = port;
  }

  /** Starts one that saves nothing by itself; returns when it accepts connections. */
  static RedisProcess start(Path parent, String... settings) throws IOException {
    return start(embedded(), parent, settings);
  }

  static RedisProcess start(Path program, Path parent, String... settings) throws IOException {
    int port = freePort();
    Path directory = Files.createDirectories(parent.resolve("redis-" + port));
    List<String> command =
        new ArrayList<>(
            List.of(program.toString(), "--port", port + "", "--bind", HOST, "--save", ""));
    command.addAll(List.of("--dir", directory.toString(), "--rdbcompression", "no"));
    command.addAll(List.of(settings));
    return new RedisProcess(command, directory, port).started();
  }

  /** Starts a Sentinel, configured with these lines. */
  static RedisProcess sentinel(Path parent, String... lines) throws IOException {
    int port = freePort();
    Path directory = Files.createDirectories(parent.resolve("sentinel-" + port));
    Path config = directory.resolve("sentinel.conf"); // Sentinel writes to it
    Files.writeString(
        config,
        "port " + port + "\nbind " + HOST + "\ndir " + directory + "\n" + String.join("\n", lines));
    List<String> command = List.of(embedded().toString(), config.toString(), "--sentinel");
    return new RedisProcess(command, directory, port).started();
  }

  int port() {
    return port;
  }

  RedisURI uri() {
    return RedisURI.create(HOST, port);
  }

  Freezer freeze() throws IOException {
    return Freezer.freeze(running().toHandle());
  }

  /** Kills it (SIGKILL, which ends a frozen process too). */
  void kill() {
    running().destroyForcibly().onExit().join();
  }

  /** Starts it again with the same port, directory and settings, and these. */
  void restart(String... more) throws IOException {
    List<String> all = new ArrayList<>(command);
    all.addAll(List.of(more));
    start(all);
  }

  @Override
  public void close() {
    kill();
  }

  private RedisProcess started() throws IOException {
    start(command);
    return this;
  }

  private void start(List<String> arguments) throws IOException {
    Process started =
        new ProcessBuilder(arguments)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("log").toFile())
            .start();
    process = started;
    await().until(() -> !started.isAlive() || accepts(port));
    if (!started.isAlive()) {
      throw new IOException(
          arguments + " ended: " + Files.readString(directory.resolve("log")).strip());
    }
  }

  private Process running() {
    if (process == null) {
      throw new IllegalStateException("redis-server was never started");
    }
    return process;
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(LOCAL, port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    while (true) {
      try (ServerSocket free = new ServerSocket(0, 1, LOCAL)) {
        int port = free.getLocalPort();
        if (port + TO_BUS_PORT <= 65_535) {
          try (ServerSocket bus = new ServerSocket(port + TO_BUS_PORT, 1, LOCAL)) {
            return bus.getLocalPort() - TO_BUS_PORT;
          } catch (IOException taken) {
            continue;
          }
        }
      }
    }
  }

  private static synchronized Path embedded() throws IOException {
    if (embedded == null) {
      embedded = ExecutableProvider.newJarResourceProvider().get().toPath();
    }
    return embedded;
  }
}
