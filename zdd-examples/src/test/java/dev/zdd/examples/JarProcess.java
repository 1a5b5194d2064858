package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The shaded jar, run as a user runs it. */
final class JarProcess implements AutoCloseable {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  final Process process;
  private final Path output;

  private JarProcess(Process process, Path output) {
    this.process = process;
    this.output = output;
  }

  static JarProcess start(Path directory, String... arguments) throws IOException {
    String jar = System.getProperty("zdd.examples.jar");
    assertThat(jar).as("set by the build, which runs this against the shaded jar").isNotNull();
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar", jar));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(directory, "output", ".txt");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    return new JarProcess(process, output);
  }

  String output() throws IOException {
    return Files.readString(output);
  }

  int exitCode(Duration limit) throws Exception {
    boolean ended = process.waitFor(limit.toSeconds(), TimeUnit.SECONDS);
    assertThat(ended).as("ended within %s; it said:%n%s", limit, output()).isTrue();
    return process.exitValue();
  }

  static HttpResponse<String> get(int port, String target) throws Exception {
    return CLIENT.send(request(port, target), HttpResponse.BodyHandlers.ofString());
  }

  /** The status of an answer; 0 if there was none. */
  static int status(int port, String target) throws InterruptedException {
    try {
      return CLIENT
          .send(request(port, target), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    } catch (IOException e) {
      return 0;
    }
  }

  static HttpRequest request(int port, String target) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target))
        .timeout(Duration.ofSeconds(30))
        .build();
  }

  /** Asks first: a demo that is killed cannot stop its PostgreSQL. */
  @Override
  public void close() {
    process.destroy();
    process.onExit().completeOnTimeout(process, 20, TimeUnit.SECONDS).join();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
