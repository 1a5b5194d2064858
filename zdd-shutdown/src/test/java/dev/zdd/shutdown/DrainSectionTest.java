package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.StatusPage;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DrainSectionTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final GracefulShutdown shutdown =
      GracefulShutdown.builder(lifecycle)
          .server(new RecordingServer())
          .announce(Duration.ZERO)
          .deadline(Duration.ofSeconds(40))
          .build();

  private static String html(Section section) {
    EndpointRequest request = EndpointRequest.of("GET", "/s", null);
    return new String(StatusPage.at("/s", "shop", section).handle(request).body(), UTF_8);
  }

  @Test
  void saysThatNothingHasBegun() {
    assertThat(html(DrainSection.of(shutdown)))
        .contains("<span class=\"badge neutral\">not begun</span>", "A drain may take 40.0 s")
        .doesNotContain("elapsed");
  }

  @Test
  void showsTheDrainFromItsBeginningToItsEnd() throws Exception {
    long ticket = lifecycle.inFlight().begin("GET", "/orders/17");
    CompletableFuture<DrainReport> report = shutdown.shutdown("SIGTERM");
    await()
        .until(() ->
            shutdown.progress().phase() == Phase.SETTLE
                && !shutdown.progress().waitingFor().isEmpty());
    assertThat(html(DrainSection.of(shutdown)))
        .contains("<span class=\"badge warning\">settle</span>", "aria-label=\"announce 0.")
        .containsPattern("\\d\\d\\.\\d s left")
        .doesNotContain("SIGTERM", "waits for", "/orders");
    assertThat(html(DrainSection.of(shutdown).withDetails()))
        .contains("SIGTERM", "; waits for ", "begun by");

    lifecycle.inFlight().end(ticket);
    assertThat(report.get(50, TimeUnit.SECONDS).clean()).isTrue();
    assertThat(html(DrainSection.of(shutdown).withDetails()))
        .contains("<span class=\"badge warning\">stopped</span>", "<dd>1</dd>");
  }

  @Test
  void isAlarmedByWhatIsLost() throws Exception {
    DrainReport report = shutdown.shutdown("SIGTERM").get(50, TimeUnit.SECONDS);
    assertThat(report.clean()).isTrue();
    lifecycle.inFlight().begin("GET", "/late");
    assertThat(html(DrainSection.of(shutdown)))
        .contains("<span class=\"badge bad\">stopped</span>", "<span class=\"badge bad\">1</span>");
  }
}
