package dev.zdd.examples.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.examples.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContenderTest {
  @TempDir Path directory;

  @Test
  void fillsInTheDirectoryOfTheFileThePortAndTheVersion() throws IOException {
    Contender contender =
        read(
            """
            name = a service
            run  = {here}/a.jar --port={port}   {version}
            """);

    assertThat(contender.name()).isEqualTo("a service");
    assertThat(contender.launch().on(8080, "v2"))
        .containsExactly(directory + "/a.jar", "--port=8080", "v2");
    assertThat(contender.preStop()).isZero();
  }

  @Test
  void shortensEveryDocumentedDelayByTheSameFactor() throws IOException {
    Contender contender =
        read(
            """
            name    = a service
            run     = program --wait={scaled:15s} {scaled:500ms}
            preStop = 10s
            """);

    assertThat(contender.launch().command()).containsExactly("program", "--wait=4500ms", "150ms");
    assertThat(contender.preStop()).isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void startsThisJava() throws IOException {
    Contender contender =
        read(
            """
            name = a service
            run  = {java} -jar a.jar
            """);

    assertThat(contender.launch().command())
        .startsWith(Path.of(System.getProperty("java.home"), "bin", "java").toString())
        .endsWith("-jar", "a.jar");
  }

  @Test
  void refusesAFileWithoutACommand() {
    assertThatThrownBy(() -> read("name = a service\n"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("no run");
  }

  @Test
  void refusesASettingItDoesNotKnow() {
    assertThatThrownBy(() -> read("name = a\nrun = b\nprestop = 3s\n"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("prestop (expected: name, run, preStop or withdraw)");
  }

  @Test
  void refusesADelayThatIsNone() {
    assertThatThrownBy(() -> read("name = a\nrun = b\npreStop = soon\n"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("soon");
  }

  private Contender read(String text) throws IOException {
    return Contender.read(Files.writeString(directory.resolve("a.properties"), text), 0.3);
  }
}
