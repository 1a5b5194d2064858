package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
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
    List<ChildJvm> racers = new ArrayList<>();
    RedisClient client = RedisClient.create();
    try (RedisProcess server = RedisProcess.start(directory);
        RedisFlagWriter store =
            RedisFlagWriter.of(client, server.uri(), "shop", Duration.ofMinutes(1))) {
      String document = "{\"flags\": {\"a\": {\"enabled\": true}}}";
      store.write(FlagRevision.NONE, document.getBytes(UTF_8)); // version 1
      for (int n = 0; n < 2; n++) {
        Path errors = directory.resolve("racer-" + n);
        racers.add(ChildJvm.start(AdminRaceProgram.class, errors, "" + server.port(), "" + EACH));
      }
      for (ChildJvm racer : racers) {
        assertThat(racer.line()).isEqualTo("READY");
      }
      for (ChildJvm racer : racers) {
        racer.nudge();
      }

      List<Long> all = new ArrayList<>();
      int conflicts = 0;
      for (ChildJvm racer : racers) {
        List<String> lines = racer.lines();
        List<Long> versions =
            lines.stream()
                .filter(line -> line.startsWith("VERSION "))
                .map(line -> Long.parseLong(line.substring(8)))
                .toList();
        assertThat(versions).hasSize(EACH).isSorted().doesNotHaveDuplicates();
        String last = lines.get(lines.size() - 1);
        assertThat(last).matches("CONFLICTS [0-9]+");
        conflicts += Integer.parseInt(last.substring(10));
        all.addAll(versions);
        assertThat(racer.errors().lines().filter(line -> line.contains(FlagAdmin.AUDIT)))
            .hasSize(EACH);
      }
      // Both had read before either wrote, so that one was refused however late it came.
      assertThat(conflicts).isPositive();
      assertThat(all)
          .containsExactlyInAnyOrderElementsOf(
              LongStream.rangeClosed(2, 2 * EACH + 1).boxed().toList());
      PresentFlags last = FlagAdmin.of(store).read();
      assertThat(last.revision().version()).isEqualTo(2 * EACH + 1);
      assertThat(requireNonNull(last.flag("a")).percentage()).isEqualTo(new Percentage(2 * EACH));
    } finally {
      racers.forEach(ChildJvm::close);
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }
}
