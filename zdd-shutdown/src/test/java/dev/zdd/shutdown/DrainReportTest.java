package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.zdd.core.Lifecycle;
import dev.zdd.shutdown.DrainReport.StepResult;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The report as a line, as JSON, as a file and as meters. */
@Timeout(60)
class DrainReportTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @TempDir Path directory;

  private static DrainReport report(
      long refused, List<String> cut, int connectionsCut, List<StepResult> steps) {
    return new DrainReport(
        "SIGTERM",
        "no prober was seen: 5.0 s",
        Map.of(Phase.SETTLE, SECOND, Phase.ANNOUNCE, Duration.ofMillis(5_004)),
        12,
        refused,
        cut,
        connectionsCut,
        3,
        steps,
        Duration.ofMillis(6_020));
  }

  @Test
  void isCleanIfNothingWasCutRefusedOrFailed() {
    StepResult good = new StepResult("pool", SECOND, null);
    StepResult bad = new StepResult("pool", SECOND, "no");
    assertThat(report(0, List.of(), 0, List.of(good)).clean()).isTrue();
    assertThat(report(1, List.of(), 0, List.of(good)).clean()).isFalse();
    assertThat(report(0, List.of("GET /x (1.0 s)"), 0, List.of(good)).clean()).isFalse();
    assertThat(report(0, List.of(), 1, List.of(good)).clean()).isFalse();
    assertThat(report(0, List.of(), 0, List.of(good, bad)).clean()).isFalse();
  }

  @Test
  void saysInOneLineWhatHappened() {
    assertThat(report(1, List.of("GET /x (1.0 s)"), 2, List.of()).summary())
        .isEqualTo(
            "NOT clean. Since SIGTERM: served 12, refused 1, cut 3, idle connections closed 3"
                + " (announce 5.0 s, settle 1.0 s)");
    assertThat(report(0, List.of(), 0, List.of()).summary()).startsWith("clean. Since SIGTERM");
  }

  @Test
  void isWrittenAsJsonWhateverANameContains() throws IOException {
    String json =
        report(
                1,
                List.of("GET /\"x\"\u2028é (1.0 s)"),
                2,
                List.of(
                    new StepResult("pool", SECOND, null),
                    new StepResult("a\nb", Duration.ZERO, "no \u0000")))
            .toJson();
    assertThat(json)
        .isEqualTo(
            "{\"clean\":false,\"reason\":\"SIGTERM\",\"announcedUntil\":\"no prober was seen: 5.0 s\","
                + "\"durationMs\":6020,\"phasesMs\":{\"announce\":5004,\"settle\":1000},"
                + "\"served\":12,\"refused\":1,\"cut\":[\"GET /\\\"x\\\"\\u2028\\u00E9 (1.0 s)\"],"
                + "\"connectionsCut\":2,\"idleClosed\":3,\"steps\":["
                + "{\"name\":\"pool\",\"durationMs\":1000},"
                + "{\"name\":\"a\\nb\",\"durationMs\":0,\"error\":\"no \\u0000\"}]}");
    List<String> texts = new ArrayList<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.VALUE_STRING) {
          texts.add(parser.getText());
        }
      }
    }
    assertThat(texts).contains("GET /\"x\"\u2028é (1.0 s)", "a\nb", "no \u0000");
  }

  @Test
  void replacesTheFileOfTheShutdownBefore() throws IOException {
    Path file = Files.writeString(directory.resolve("drain.json"), "a much longer one".repeat(99));
    ReportFile.at(file).write(report(0, List.of(), 0, List.of()));
    assertThat(Files.readString(file))
        .isEqualTo(report(0, List.of(), 0, List.of()).toJson() + "\n");
    assertThat(directory.toFile().list()).containsExactly("drain.json");
  }

  @Test
  void leavesNothingBesideAFileThatCannotBeWritten() throws Exception {
    Path file = directory.resolve("drain.json");
    ReportFile target = ReportFile.at(file);
    Files.createDirectories(file.resolve("in the way"));
    assertThatThrownBy(() -> target.write(report(0, List.of(), 0, List.of())))
        .isInstanceOf(IOException.class);
    assertThat(directory.toFile().list()).containsExactly("drain.json");

    // In a shutdown that is a line in the log, and nothing else.
    GracefulShutdown shutdown =
        GracefulShutdown.builder(new Lifecycle())
            .reportFile(directory.resolve("late.json"))
            .build();
    Files.createDirectories(directory.resolve("late.json").resolve("in the way"));
    assertThat(shutdown.shutdown("test").get(20, TimeUnit.SECONDS).clean()).isTrue();
  }

  @Test
  void isInItsFileBeforeAListenerIsTold() throws Exception {
    Path file = directory.resolve("drain.json");
    List<String> read = new ArrayList<>();
    DrainReport report =
        GracefulShutdown.builder(new Lifecycle())
            .reportFile(file)
            .onReport(r -> read.add(r.toJson()))
            .build()
            .shutdown("test")
            .get(20, TimeUnit.SECONDS);
    assertThat(Files.readString(file)).isEqualTo(report.toJson() + "\n");
    assertThat(read).containsExactly(report.toJson());
  }

  @Test
  void refusesAFileInADirectoryThatDoesNotExist() {
    GracefulShutdown.Builder builder = GracefulShutdown.builder(new Lifecycle());
    Path nowhere = directory.resolve("nowhere").resolve("drain.json");
    assertThatThrownBy(() -> builder.reportFile(nowhere))
        .hasMessage("reportFile: " + nowhere + " (expected: a file in a directory that exists)");
    assertThatThrownBy(() -> builder.reportFile(directory))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void metersTellOfTheDrainWhileItGoesOnAndAfterwards() throws Exception {
    Lifecycle lifecycle = new Lifecycle();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    RecordingServer server =
        new RecordingServer() {
          private boolean asked;

          @Override
          public int closeIdle(Duration idle) {
            boolean first = !asked;
            asked = true;
            return first ? 2 : 0;
          }
        };
    server.open = 1;
    List<Double> inFlush = new ArrayList<>();
    GracefulShutdown shutdown =
        GracefulShutdown.builder(lifecycle)
            .announce(Duration.ofMillis(50))
            .settle(Duration.ofMillis(200))
            .server(server)
            .close(
                "registry",
                () -> inFlush.add(registry.get("zdd.drain.cut").gauge().value()),
                s -> s.inPhase(ClosePhase.FLUSH))
            .build();
    new ShutdownMetrics(shutdown).bindTo(registry);
    assertThat(registry.get("zdd.drain.duration").timeGauge().value()).isZero();
    assertThat(registry.get("zdd.lifecycle.state").tag("state", "starting").gauge().value())
        .isEqualTo(1);
    lifecycle.inFlight().end(lifecycle.inFlight().begin("GET", "/before"));
    long stuck = lifecycle.inFlight().begin("GET", "/stuck");

    DrainReport report = shutdown.shutdown("test").get(20, TimeUnit.SECONDS);
    lifecycle.inFlight().begin("GET", "/late");
    assertThat(registry.get("zdd.inflight").gauge().value()).isEqualTo(1);
    lifecycle.inFlight().end(stuck); // what was cut is not served for having ended in the end

    assertThat(inFlush).containsExactly(2.0);
    assertThat(registry.get("zdd.drain.cut").gauge().value()).isEqualTo(2);
    assertThat(registry.get("zdd.drain.idle.closed").gauge().value()).isEqualTo(2);
    assertThat(registry.get("zdd.drain.served").gauge().value()).isZero();
    assertThat(registry.get("zdd.drain.refused").gauge().value()).isEqualTo(1);
    assertThat(registry.get("zdd.drain.duration").timeGauge().value(TimeUnit.NANOSECONDS))
        .isCloseTo(report.duration().toNanos(), withinPercentage(0.01));
    for (Phase phase : Phase.values()) {
      assertThat(
              registry
                  .get("zdd.drain.phase")
                  .tag("phase", phase.name().toLowerCase(Locale.ROOT))
                  .timeGauge()
                  .value(TimeUnit.NANOSECONDS))
          .isCloseTo(report.phases().get(phase).toNanos(), withinPercentage(0.01));
    }
    assertThat(registry.get("zdd.inflight.begun").functionCounter().count()).isEqualTo(2);
    assertThat(registry.get("zdd.inflight.refused").functionCounter().count()).isEqualTo(1);
    assertThat(registry.get("zdd.lifecycle.state").tag("state", "stopped").gauge().value())
        .isEqualTo(1);
    assertThat(registry.get("zdd.lifecycle.state").tag("state", "starting").gauge().value())
        .isZero();
  }

  @Test
  void metersWithoutAShutdownAreThoseOfTheProcess() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    new ShutdownMetrics(new Lifecycle()).bindTo(registry);
    assertThat(registry.find("zdd.inflight").gauge()).isNotNull();
    assertThat(registry.find("zdd.drain.cut").gauge()).isNull();
  }

  @Test
  void knowsAShellAsInit() {
    assertThat(ShellAsInit.warning(7, 1, "sh")).startsWith("PID 1 is a shell (sh)");
    assertThat(ShellAsInit.warning(7, 1, "systemd")).isNull();
    assertThat(ShellAsInit.warning(7, 6, "sh")).isNull();
    assertThat(ShellAsInit.warning(1, 1, "sh")).isNull();
  }
}
