package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@SuppressWarnings("NullAway.Init")
@Tag("any-jdk")
class AdminRaceTest {
  private static final int EACH = 500;

  @TempDir private Path directory;

  @Test
  void twoProcessesRacing1000AdminWritesLoseNoneAndVersionsRiseStrictly() throws Exception {
    List<Process> racers = new ArrayList<>();
    RedisClient client = RedisClient.create();
    try (RedisProcess server = RedisProcess.start(directory);
        RedisFlagWriter store =
            RedisFlagWriter.of(client, server.uri(), "shop", Duration.ofMinutes(1))) {
      String document = "{\"flags\": {\"a\": {\"enabled\": true}}}";
      store.write(FlagRevision.NONE, document.getBytes(UTF_8)); // version 1
      for (int n = 0; n < 2; n++) {
        racers.add(
            new ProcessBuilder(
                    ChildJvm.command(AdminRaceProgram.class, "" + server.port(), "" + EACH))
                .redirectError(directory.resolve("racer-" + n).toFile())
                .start());
      }
      List<BufferedReader> said = racers.stream().map(racer -> racer.inputReader(UTF_8)).toList();
      for (int n = 0; n < 2; n++) {
        String first = said.get(n).readLine();
        assertThat(first).as("READY, or else %s", log(n)).isEqualTo("READY");
      }
      for (Process racer : racers) {
        racer.outputWriter().append('\n').flush();
      }

      List<Long> all = new ArrayList<>();
      for (BufferedReader each : said) {
        List<String> lines = each.lines().toList();
        List<Long> versions =
            lines.stream()
                .filter(line -> line.startsWith("VERSION "))
                .map(line -> Long.parseLong(line.substring(8)))
                .toList();
        assertThat(versions).hasSize(EACH).isSorted().doesNotHaveDuplicates();
        assertThat(lines.get(lines.size() - 1))
            .as("they did race")
            .matches("CONFLICTS [1-9][0-9]*");
        all.addAll(versions);
      }
      assertThat(all)
          .containsExactlyInAnyOrderElementsOf(
              LongStream.rangeClosed(2, 2 * EACH + 1).boxed().toList());
      for (int n = 0; n < 2; n++) {
        assertThat(log(n).lines().filter(line -> line.contains(FlagAdmin.AUDIT))).hasSize(EACH);
      }
      PresentFlags last = FlagAdmin.of(store).read();
      assertThat(last.revision().version()).isEqualTo(2 * EACH + 1);
      assertThat(requireNonNull(last.flag("a")).percentage()).isEqualTo(new Percentage(2 * EACH));
    } finally {
      racers.forEach(Process::destroyForcibly);
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private String log(int racer) throws IOException {
    return Files.readString(directory.resolve("racer-" + racer));
  }
}
