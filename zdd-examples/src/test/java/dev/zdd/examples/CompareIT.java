package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareIT {
  private static final Duration LIMIT = Duration.ofMinutes(4);

  @TempDir Path directory;

  /**
   * The shop stands for anybody's service. Without a database it fails every POST, and few GETs.
   */
  @Test
  void replacesAServiceUnderLoadAndEndsWithATable() throws Exception {
    row(
        """
        name = some service
        run  = {java} -jar %s serve --port {port} --version {version}
        """
            .formatted(System.getProperty("zdd.examples.jar")));

    try (JarProcess compare = compare()) {
      assertThat(compare.exitCode(LIMIT)).as(compare.output()).isZero();
      assertThat(compare.output()).contains("[1/1] some service behind client", "round 1 of 1:");
      assertThat(Files.readString(directory.resolve("table.md")))
          .contains("| in the client: failed GET / POST | in the client: SIGTERM → exit |")
          .containsPattern(
              "\\| some service \\| \\d{1,4}(\\.\\d)? / 10000( \\\\\\*)? \\| \\d+\\.\\d s")
          .contains("3 SIGTERMs, 40 requests per second");
    }
  }

  @Test
  void saysWhichServiceCouldNotBeMeasured() throws Exception {
    row("name = no service\nrun = false\n");

    try (JarProcess compare = compare()) {
      assertThat(compare.exitCode(LIMIT)).as(compare.output()).isEqualTo(1);
      assertThat(compare.output())
          .contains("ended instead of becoming ready", "NOT MEASURED: no service behind client");
    }
  }

  private void row(String text) throws Exception {
    Files.writeString(
        Files.createDirectory(directory.resolve("rows")).resolve("a.properties"), text);
  }

  private JarProcess compare() throws Exception {
    return JarProcess.start(
        directory,
        "compare",
        "--rows",
        "rows",
        "--lb",
        "client",
        "--rounds",
        "1",
        "--rps",
        "40",
        "--out",
        "table.md");
  }
}
