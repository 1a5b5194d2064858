package dev.zdd.examples.kubelet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Lifecycle;
import dev.zdd.health.CheckOptions;
import dev.zdd.health.Health;
import dev.zdd.health.HealthResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/**
 * What the documentation offers for copying is what the simulator asks, and what is measured with.
 */
class ManifestTest {
  private static final Path DOCS = Path.of("..", "docs");

  @Test
  void theManifestHasTheProbesOfTheSimulator() throws IOException {
    String text = Files.readString(DOCS.resolve("kubernetes").resolve("deployment.yaml"));
    for (Object document : new Yaml().loadAll(text)) {
      Map<?, ?> part = (Map<?, ?>) document;
      if ("Deployment".equals(part.get("kind"))) {
        Map<?, ?> pod = at(at(at(part, "spec"), "template"), "spec");
        Map<?, ?> container = (Map<?, ?>) ((Iterable<?>) pod.get("containers")).iterator().next();
        assertThat(probes(container)).isEqualTo(PodProbes.OF_MANIFEST);
        return;
      }
    }
    throw new AssertionError("no Deployment");
  }

  @Test
  void soDoesTheChapterOnKubernetes() throws IOException {
    assertThat(probes(new Yaml().load(chapter().split("```yaml\n", 2)[1].split("```", 2)[0])))
        .isEqualTo(PodProbes.OF_MANIFEST);
  }

  @Test
  void theTimesOfTheChapterAreThoseOfTheDefaults() throws IOException {
    Duration inApp = defaults().detection();
    Duration kubelet = PodProbes.OF_MANIFEST.readiness().detection();
    String chapter = chapter();
    assertThat(chapter).contains("rounded up | " + inApp.toSeconds() + " s |");
    assertThat(chapter).contains("`failureThreshold` | " + kubelet.toSeconds() + " s |");
    assertThat(chapter).contains("**" + inApp.plus(kubelet).toSeconds() + " s**");
    assertThat(chapter)
        .contains(
            inApp.toSeconds()
                + " s + "
                + CheckOptions.DEFAULT_HOLD_MINUTES
                + " min + "
                + kubelet.toSeconds()
                + " s after the fault");
  }

  private static String chapter() throws IOException {
    return Files.readString(DOCS.resolve("health.md")).split("## In Kubernetes\n", 2)[1];
  }

  private static CheckOptions defaults() {
    AtomicReference<CheckOptions> seen = new AtomicReference<>();
    Health.builder(new Lifecycle())
        .readiness(
            "any",
            HealthResult::up,
            c -> {
              seen.set(c);
              return c;
            });
    return seen.get();
  }

  private static PodProbes probes(Map<?, ?> container) {
    return new PodProbes(
        probe(at(container, "startupProbe")),
        probe(at(container, "readinessProbe")),
        probe(at(container, "livenessProbe")));
  }

  private static HttpProbe probe(Map<?, ?> yaml) {
    HttpProbe probe = HttpProbe.of((String) at(yaml, "httpGet").get("path"));
    for (Map.Entry<?, ?> setting : yaml.entrySet()) {
      if (!setting.getKey().equals("httpGet")) {
        int value = (Integer) setting.getValue();
        probe =
            switch ((String) setting.getKey()) {
              case "initialDelaySeconds" -> probe.initialDelay(Duration.ofSeconds(value));
              case "periodSeconds" -> probe.period(Duration.ofSeconds(value));
              case "timeoutSeconds" -> probe.timeout(Duration.ofSeconds(value));
              case "failureThreshold" -> probe.failureThreshold(value);
              case "successThreshold" -> probe.successThreshold(value);
              default -> throw new AssertionError("unknown: " + setting);
            };
      }
    }
    return probe;
  }

  private static Map<?, ?> at(Map<?, ?> map, String key) {
    Object value = map.get(key);
    assertThat(value).as(key).isInstanceOf(Map.class);
    return (Map<?, ?>) value;
  }
}
