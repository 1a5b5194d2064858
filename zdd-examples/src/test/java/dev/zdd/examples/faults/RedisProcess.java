package dev.zdd.examples.faults;

import static org.awaitility.Awaitility.await;

import dev.zdd.examples.ProcessTree;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import redis.embedded.core.ExecutableProvider;

/** A real redis-server that can be frozen, killed and started again on the same port. */
final class RedisProcess implements AutoCloseable {
  private final ProcessBuilder command;
  private final int port;
  private Process process;

  RedisProcess(Path directory) throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    File program = ExecutableProvider.newJarResourceProvider().get();
    command =
        new ProcessBuilder(
                program.toString(), "--port", port + "", "--bind", "127.0.0.1", "--save", "")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("redis").toFile()));
    process = start();
  }

  String url() {
    return "redis://127.0.0.1:" + port;
  }

  ProcessTree processes() {
    return new ProcessTree(process.toHandle());
  }

  /** Starts it again after it was killed. */
  void restart() throws IOException {
    process = start();
  }

  private Process start() throws IOException {
    Process started = command.start();
    await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(10))
        .until(() -> !started.isAlive() || accepts());
    if (!started.isAlive()) {
      throw new IOException(command.command() + " has ended");
    }
    return started;
  }

  private boolean accepts() {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() {
    processes().kill();
  }
}
