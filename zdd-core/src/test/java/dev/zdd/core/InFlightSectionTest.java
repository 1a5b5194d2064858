package dev.zdd.core;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.page.Section;
import dev.zdd.core.page.StatusPage;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class InFlightSectionTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Lifecycle lifecycle = new Lifecycle(nanos::get);

  private static String html(Section section) {
    EndpointRequest request = EndpointRequest.of("GET", "/s", null);
    return new String(StatusPage.at("/s", "shop", section).handle(request).body(), UTF_8);
  }

  @Test
  void tellsTheStateOfTheLifecycle() {
    assertThat(html(InFlightSection.of(lifecycle)))
        .contains("<span class=\"badge warning\">starting</span>", "nothing in flight")
        .doesNotContain("<table>");
    lifecycle.ready();
    assertThat(html(InFlightSection.of(lifecycle)))
        .contains("<span class=\"badge good\">ready</span>");
    lifecycle.drain("SIGTERM");
    assertThat(html(InFlightSection.of(lifecycle)))
        .contains("<span class=\"badge warning\">draining</span>");
  }

  @Test
  void showsTheOldestFirstAndHowManyMoreThereAre() {
    for (int i = 0; i < 12; i++) {
      lifecycle.inFlight().begin("GET", "/orders/" + i);
      nanos.addAndGet(Duration.ofSeconds(1).toNanos());
    }
    assertThat(html(InFlightSection.of(lifecycle).withDetails()))
        .contains("12 in flight, the oldest for 12.0 s", "and 2 more")
        .containsSubsequence("/orders/0<", ">12 s<", "/orders/1<", ">11 s<", "/orders/9<")
        .doesNotContain("/orders/10");
  }

  @Test
  void showsNoPathsUnlessItMay() {
    lifecycle.inFlight().begin("GET", "/orders/17");
    assertThat(html(InFlightSection.of(lifecycle)))
        .contains("GET")
        .doesNotContain("/orders", ">path<");
  }
}
