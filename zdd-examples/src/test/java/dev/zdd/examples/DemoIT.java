package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemoIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  @TempDir Path directory;

  /** Each server and each balancer, two at a time; CI runs longer ones after this. */
  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT) // each is processes and ports of its own
  @CsvSource({
    "jetty, embedded, h1",
    "jetty, nginx, h1-close",
    "netty, nginx, h1",
    "netty, haproxy, h1-close",
    "tomcat, haproxy, h1",
    "jetty, client, h2",
    "netty, client, h2",
    "tomcat, client, h2",
    "undertow, nginx, h1",
    "jdk, client, h1",
  })
  void losesNothingAndRunsEachPostOnce(String server, String balancer, String protocol)
      throws Exception {
    if (balancer.equals("nginx") || balancer.equals("haproxy")) {
      requireInstalled(balancer);
    }
    losesNothing(server, balancer, protocol);
  }

  /** The control: without the drain the same load on the same fleet must show losses. */
  @Test
  void countsWhatIsLostWithoutTheDrain() throws Exception {
    try (JarProcess demo =
        JarProcess.start(directory, "demo", "--instances", "2", "--rps", "300", "--no-drain")) {
      assertThat(demo.exitCode(LIMIT)).as(demo.output()).isEqualTo(1);
      assertThat(demo.output())
          .containsPattern("FAILED: [1-9][0-9]* failed \\(")
          .doesNotContain("No request was lost.");
    }
  }

  @Test
  void leavesNoProcessBehindWhenItIsStopped() throws Exception {
    try (JarProcess demo = JarProcess.start(directory, "demo", "--rps", "20")) {
      await().atMost(LIMIT).until(() -> demo.output().contains("load:"));
      List<ProcessHandle> children = demo.process.descendants().toList();
      assertThat(children).as("three shops and Redis").hasSizeGreaterThanOrEqualTo(4);
      int postgres = postgresPort(children);
      assertThat(accepts(postgres)).isTrue();

      demo.process.destroy();

      demo.exitCode(Duration.ofMinutes(1));
      await().untilAsserted(() -> assertThat(children).noneMatch(ProcessHandle::isAlive));
      // PostgreSQL makes itself independent of who started it: it is no descendant.
      assertThat(accepts(postgres)).as("PostgreSQL still listens").isFalse();
    }
  }

  /** The port in a shop's --jdbc. */
  private static int postgresPort(List<ProcessHandle> children) {
    Pattern url = Pattern.compile("jdbc:postgresql://[^:/]+:(\\d+)/");
    return children.stream()
        .flatMap(child -> Stream.of(child.info().arguments().orElse(new String[0])))
        .map(url::matcher)
        .filter(Matcher::find)
        .mapToInt(found -> Integer.parseInt(found.group(1)))
        .findFirst()
        .orElseThrow();
  }

  private static boolean accepts(int port) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  @Test
  void refusesASettingOutOfItsBoundsInOneLine() throws Exception {
    try (JarProcess demo = JarProcess.start(directory, "demo", "--instances", "1")) {
      assertThat(demo.exitCode(LIMIT)).isEqualTo(1);
      assertThat(demo.output()).isEqualTo("demo: --instances: 1 (expected: 2 to 9)\n");
    }
  }

  @Test
  void refusesAProtocolThatItCannotCarryInOneLine() throws Exception {
    try (JarProcess demo =
        JarProcess.start(
            directory, "demo", "--lb", "nginx", "--protocol", "h2", "--server=tomcat")) {
      assertThat(demo.exitCode(LIMIT)).isEqualTo(1);
      assertThat(demo.output())
          .isEqualTo(
              "demo: --protocol: h2 with --lb nginx (expected: h1, h1-close; nginx speaks no HTTP/2"
                  + " to its upstreams)\n");
    }
  }

  private void losesNothing(String server, String balancer, String protocol) throws Exception {
    Path report = directory.resolve("report.html");
    try (JarProcess demo =
        JarProcess.start(
            directory,
            "demo",
            "--server",
            server,
            "--lb",
            balancer,
            "--protocol",
            protocol,
            "--instances",
            "2",
            "--rps",
            "60",
            // A machine that builds beside this test may stop any process for a while.
            "--timeout",
            "60s",
            "--report",
            report.toString())) {
      int code = demo.exitCode(LIMIT);
      assertThat(code).as(demo.output()).isZero();
      assertThat(demo.output())
          .contains("No request was lost.")
          .containsPattern("exactly once +([1-9][0-9,]*) of \\1 answered POSTs ran exactly once");
      assertThat(Files.readString(report)).contains("<svg", "0 of ");
    }
  }

  /** Skips on a developer's machine; in CI a missing balancer is a failure, not a green build. */
  private static void requireInstalled(String program) {
    boolean installed =
        Stream.concat(
                Stream.of(System.getenv("PATH").split(":")),
                Stream.of("/usr/sbin", "/usr/local/sbin"))
            .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
    if ("true".equals(System.getenv("CI"))) {
      assertThat(installed).as("%s is installed (CI=true)", program).isTrue();
    }
    assumeTrue(installed, program + " is not installed");
  }
}
