package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.testing.RedisProcess;
import io.lettuce.core.RedisClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@SuppressWarnings("NullAway.Init")
@Tag("any-jdk")
class RedisTwoProcessesTest {
  private static final int CHANGES = 200;

  @TempDir private Path directory;

  // What is measured ends later than it had to: with a line through a pipe.
  @Test
  void aChangeInOneProcessIsSeenInAnotherWithin50Milliseconds() throws Exception {
    RedisClient client = RedisClient.create();
    try (RedisProcess server = RedisProcess.start(directory);
        RedisFlagWriter store =
            RedisFlagWriter.of(client, server.uri(), "shop", Duration.ofMinutes(1))) {
      String document = "{\"flags\": {\"a\": {\"enabled\": true, \"percentage\": \"0\"}}}";
      store.write(FlagRevision.NONE, document.getBytes(UTF_8));
      try (ChildJvm follower =
          ChildJvm.start(
              FollowerProgram.class, directory.resolve("follower"), "" + server.port())) {
        measure(follower, FlagAdmin.of(store));
      }
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  private static void measure(ChildJvm follower, FlagAdmin admin) throws Exception {
    assertThat(follower.line()).matches("READY 1-[0-9a-f]{8}");
    FlagChange change = new FlagChange("tester", "to see when it is seen");
    FlagRevision revision = admin.read().revision();
    long[] nanos = new long[CHANGES];
    for (int n = 0; n < CHANGES; n++) {
      boolean on = n % 2 == 0;
      Percentage percentage = Percentage.parse(on ? "100" : "0");
      long start = System.nanoTime();
      ChangeOutcome outcome = admin.setPercentage("a", percentage, revision, change);
      String seen = follower.line();
      nanos[n] = System.nanoTime() - start;
      assertThat(outcome).isInstanceOf(ChangeOutcome.Changed.class);
      revision = ((ChangeOutcome.Changed) outcome).revision();
      assertThat(seen).matches("SEEN " + revision.version() + "-[0-9a-f]{8} " + on);
    }
    Arrays.sort(nanos);
    System.out.printf(
        "from before a change until another process answers by it: median %.1f ms, "
            + "9 of 10 in %.1f ms, the worst of %d in %.1f ms%n",
        nanos[CHANGES / 2] / 1e6,
        nanos[CHANGES * 9 / 10 - 1] / 1e6,
        CHANGES,
        nanos[CHANGES - 1] / 1e6);
    // The worst is the machine's: one pause of either process.
    assertThat(Duration.ofNanos(nanos[CHANGES / 2])).isLessThan(Duration.ofMillis(50));
  }
}
