package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The manifest that the documentation offers for copying, beside the defaults that it relies on.
 */
class KubernetesManifestTest {
  private final ShutdownSettings defaults =
      GracefulShutdown.builder(new Lifecycle()).build().settings();

  @Test
  void thePodIsKilledOnlyAfterTheWatchdogHasEndedIt() throws IOException {
    assertThat(seconds(manifest(), "terminationGracePeriodSeconds"))
        .isGreaterThan(defaults.deadline().plusSeconds(1));
  }

  @Test
  void theKubeletHasBeenRefusedOftenEnoughBeforeTheAnnouncementTimesOut() throws IOException {
    String readiness = manifest().split("readinessProbe:", 2)[1].split("livenessProbe:", 2)[0];
    int threshold = number(readiness, "failureThreshold");

    assertThat(threshold).isEqualTo(defaults.announce().refusals());
    assertThat(
            seconds(readiness, "periodSeconds")
                .multipliedBy(threshold)
                .plus(defaults.announce().quiet()))
        .isLessThan(defaults.announce().timeout());
  }

  private static String manifest() throws IOException {
    return Files.readString(Path.of("..", "docs", "kubernetes", "deployment.yaml"));
  }

  private static Duration seconds(String yaml, String key) {
    return Duration.ofSeconds(number(yaml, key));
  }

  private static int number(String yaml, String key) {
    Matcher found = Pattern.compile(key + ": (\\d+)").matcher(yaml);
    assertThat(found.find()).as(key).isTrue();
    return Integer.parseInt(found.group(1));
  }
}
