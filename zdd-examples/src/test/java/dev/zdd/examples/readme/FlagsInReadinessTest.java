package dev.zdd.examples.readme;

import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.flags.FileFlagSource;
import dev.zdd.flags.FlagFreshness;
import dev.zdd.flags.Flags;
import dev.zdd.health.Health;
import dev.zdd.health.HealthResult;
import dev.zdd.health.Probe;
import dev.zdd.health.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What docs/flags.md shows of health, compiled; flags that are not there degrade readiness. */
@Timeout(60)
class FlagsInReadinessTest {
  @TempDir Path directory;

  @Test
  void flagsThatAreNotThereDegradeReadinessAndDoNotFailIt() throws Exception {
    Path file = directory.resolve("flags.json");
    Lifecycle lifecycle = new Lifecycle();
    lifecycle.ready();
    try (Flags flags = Flags.of(FileFlagSource.of(file))) {
      FlagFreshness fresh = FlagFreshness.of(flags);
      try (Health health =
          Health.builder(lifecycle)
              .readiness(
                  "flags",
                  () -> fresh.get().map(HealthResult::degraded).orElse(HealthResult.up()),
                  c -> c.optional())
              .start()) {
        await().until(() -> health.snapshot(Probe.READINESS).status() == Status.DEGRADED);
        Files.writeString(file, "{\"flags\": {}}");
        await().until(() -> health.snapshot(Probe.READINESS).status() == Status.UP);
      }
    }
  }
}
