package dev.zdd.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.examples.kubelet.Decided;
import dev.zdd.examples.kubelet.HttpProbe;
import dev.zdd.examples.kubelet.Kubelet;
import dev.zdd.examples.kubelet.PodProbes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pod that is deleted, as its kubelet sees it. */
@Timeout(120)
class DrainedPodIT {
  private static final Duration LIMIT = Duration.ofMinutes(1);
  private static final Pattern LISTENS = Pattern.compile("listens on 127\\.0\\.0\\.1:(\\d+)");

  @TempDir Path directory;

  @Test
  void isNotReadyFromSigtermOnAndAliveToItsLastAnswer() throws Exception {
    Decided decided = new Decided();
    try (JarProcess shop =
            JarProcess.start(
                directory, "serve", "--port", "0", "--announce", "1s", "--idle", "1s");
        Kubelet kubelet =
            new Kubelet(
                new PodProbes(often("/startup"), often("/ready"), often("/healthz")), decided)) {
      await().atMost(LIMIT).until(() -> LISTENS.matcher(shop.output()).find());
      Matcher listens = LISTENS.matcher(shop.output());
      assertThat(listens.find()).isTrue();
      int port = Integer.parseInt(listens.group(1));
      kubelet.started(port);
      decided.await("ready");

      kubelet.terminating(port);
      shop.process.destroy(); // SIGTERM
      List<Integer> alive = new ArrayList<>();
      int status = JarProcess.status(port, "/healthz");
      while (status != 0) {
        alive.add(status);
        status = JarProcess.status(port, "/healthz");
      }
      assertThat(shop.exitCode(LIMIT)).as(shop.output()).isZero();
      assertThat(alive).hasSizeGreaterThan(10).containsOnly(200);
      assertThat(decided.words()).containsExactly("ready", "not ready");
    }
  }

  private static HttpProbe often(String path) {
    return HttpProbe.of(path)
        .period(Duration.ofMillis(100))
        .failureThreshold(path.equals("/startup") ? 1000 : 3);
  }
}
