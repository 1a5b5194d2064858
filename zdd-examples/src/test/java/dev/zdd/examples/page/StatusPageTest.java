package dev.zdd.examples.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.health.CheckOptions;
import dev.zdd.health.Details;
import dev.zdd.health.HealthResult;
import dev.zdd.health.HealthSignal;
import dev.zdd.health.LocalCheck;
import dev.zdd.health.Status;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The status page as people see it: in a real Chromium, from a real server. */
@Timeout(180)
@Tag("any-jdk")
class StatusPageTest {
  private static final Path PICTURES = Path.of("target", "status-page");
  private static final int PHONE = 360;
  private static final String EVIL =
      "<script>document.title = 'taken over'</script> \"quoted\" 'too'";
  private static final String LONG_NAME =
      "the-check-of-a-dependency-whose-name-somebody-made-far-too-long.";

  private static final UnaryOperator<CheckOptions> QUICK =
      c ->
          c.every(Duration.ofMillis(500))
              .timeout(Duration.ofMillis(300))
              .recheck(Duration.ofMillis(20));

  @TempDir private static Path directory;
  private static Chromium chromium;

  @BeforeAll
  static void startChromium() throws Exception {
    chromium = Chromium.start(directory);
  }

  @AfterAll
  static void endChromium() throws Exception {
    if (chromium != null) {
      chromium.close();
    }
  }

  /** Some of everything that can be wrong. */
  private static Orders troubled(CountDownLatch hanging) throws Exception {
    UnaryOperator<CheckOptions> optional = c -> QUICK.apply(c).optional();
    Orders orders =
        new Orders(health ->
            health
                .details(Details.EVERYTHING)
                .liveness("deadlock", LocalCheck.of(Optional::empty))
                .readiness("orders-db", HealthResult::up, QUICK)
                .readiness("search", () -> HealthResult.down("connection refused"), optional)
                .readiness("payments", () -> hang(hanging), QUICK)
                .readiness(LONG_NAME, () -> HealthResult.degraded(EVIL), QUICK)
                .readiness("sessions", HealthResult::up, c -> QUICK.apply(c).shared())
                .group("checkout", "orders-db", "payments"));
    HealthSignal caches = orders.health.signal("caches");
    for (int i = 0; i < 3; i++) {
      caches.up();
      caches.degraded("warming up");
    }
    caches.up();
    orders.lifecycle.inFlight().begin("GET", "/orders/" + "4711/".repeat(30));
    orders.lifecycle.inFlight().begin("POST", "/checkout?" + EVIL);
    orders.await("payments", Status.DOWN);
    orders.await("search", Status.DOWN);
    orders.await(LONG_NAME, Status.DEGRADED);
    return orders;
  }

  private static HealthResult hang(CountDownLatch until) throws InterruptedException {
    while (true) {
      try {
        until.await();
        return HealthResult.up();
      } catch (InterruptedException e) {
        // A driver that does not care for interrupts, as many do not.
        if (until.getCount() == 0) {
          throw e;
        }
      }
    }
  }

  @Test
  void tellsEverythingWithoutJavaScriptOnAnyScreenInAnyLight() throws Exception {
    CountDownLatch hanging = new CountDownLatch(1);
    try (Orders orders = troubled(hanging)) {
      Tab tab = chromium.tab().javaScript(false);
      for (String light : List.of("light", "dark")) {
        for (int width : List.of(1100, PHONE)) {
          tab.like(width, 700, light).open(orders.url("/status"));
          Looks.fit(tab, width);
          assertThat(Looks.contrast(tab)).as("contrast, %s, %d px", light, width).isEmpty();
          String device = width == PHONE ? "phone" : "desktop";
          tab.screenshot(PICTURES.resolve("troubled-" + device + "-" + light + ".png"));
        }
      }
      tab.like(1000, 940, "light").screenshotOfTheWindow(PICTURES.resolve("status-page.png"));
      assertThat(tab.text("h1")).isEqualTo("orders");
      assertThat(tab.text(".overview")).contains("not ready", "payments is down", "2 in flight");
      assertThat(tab.text("#section-1"))
          .contains("readiness /ready", "not ready", "liveness /healthz", "alive", "group checkout")
          .contains("still running after", "hangs for", "connection refused", EVIL, LONG_NAME)
          .contains("warming up", "signal", "shared", "optional", "last success", "next run");
      assertThat(tab.text("#section-2")).contains("ready", "GET", "/orders/4711/", "POST");
      assertThat(tab.text("#section-3")).contains("A drain may take 120.0 s");
      assertThat(tab.eval("document.querySelectorAll('main script, [onclick], [style]').length"))
          .isEqualTo(0.0);
      assertThat(tab.eval("document.title")).isEqualTo("not ready – orders");
      assertThat(tab.complaints()).isEmpty();
      assertThat(tab.requests()).containsExactly(orders.url("/status"));
    } finally {
      hanging.countDown();
    }
  }

  @Test
  void showsTwoHundredOfManyChecksTheWorstFirst() throws Exception {
    try (Orders orders =
        new Orders(health -> {
          for (int i = 0; i < 250; i++) {
            boolean up = i != 249;
            health.readiness(
                "check-" + i,
                () -> HealthResult.upIf(up, "no"),
                c -> c.failuresToDown(1).every(Duration.ofHours(1)));
          }
          return health;
        })) {
      orders.await("check-248", Status.UP);
      orders.await("check-249", Status.DOWN);
      Tab tab = chromium.tab().like(PHONE, 700, "light").open(orders.url("/status"));
      Looks.fit(tab, PHONE);
      assertThat(tab.eval("document.querySelectorAll('.entries > li').length")).isEqualTo(200.0);
      assertThat(tab.text(".entries > li")).contains("check-249", "down", "reason withheld");
      assertThat(tab.text("#section-1")).contains("250 checks", "and 50 more");
      assertThat(tab.complaints()).isEmpty();
    }
  }

  @Test
  void followsWhatHappensAndSaysWhenNobodyAnswersAnyMore() throws Exception {
    try (Orders orders = new Orders(health -> health.readiness("orders-db", HealthResult::up))) {
      orders.await("orders-db", Status.UP);
      long ticket = orders.lifecycle.inFlight().begin("GET", "/orders/17");
      assertThat(ask(orders.url("/ready"))).isEqualTo(200);
      Tab tab = chromium.tab().like(PHONE, 700, "dark").open(orders.url("/status"));
      assertThat(tab.text(".overview")).contains("ready", "not begun");
      assertThat(tab.eval("document.querySelector('.live').hidden")).isEqualTo(false);
      tab.eval("document.querySelector('details').open = true");
      tab.eval("document.querySelector('.overview a').focus(); scrollTo(0, 100)");

      var report = orders.shutdown.shutdown("SIGTERM");
      tab.until("document.querySelector('.overview').textContent.includes('announce')");
      assertThat(tab.eval("document.title")).isEqualTo("not ready – orders");
      assertThat(tab.eval("document.querySelector('details').open"))
          .as("left open")
          .isEqualTo(true);
      assertThat(tab.eval("document.activeElement.getAttribute('href')")).isEqualTo("#section-1");
      assertThat(tab.eval("scrollY")).as("where it was").isEqualTo(100.0);
      assertThat(tab.text("#section-3")).contains("begun by", "SIGTERM", "announce", "left");
      assertThat(tab.eval("document.querySelector('.lost').hidden")).isEqualTo(true);
      Looks.fit(tab, PHONE);
      assertThat(Looks.contrast(tab)).isEmpty();
      tab.screenshot(PICTURES.resolve("draining-phone-dark.png"));
      tab.like(1100, 700, "light").screenshot(PICTURES.resolve("draining-desktop-light.png"));
      assertThat(tab.complaints()).isEmpty();
      assertThat(tab.requests()).containsOnly(orders.url("/status"));

      // The one prober reads its refusal, and the listener closes; what is in flight is not over.
      assertThat(ask(orders.url("/ready"))).isEqualTo(503);
      tab.until("!document.querySelector('.lost').hidden");
      assertThat(tab.text(".lost")).startsWith("No answer since 20");
      assertThat(Looks.contrast(tab)).isEmpty();
      tab.like(PHONE, 700, "light").screenshot(PICTURES.resolve("lost-phone-light.png"));
      orders.lifecycle.inFlight().end(ticket);
      assertThat(report.get().cut()).isEmpty();
    }
  }

  private static int ask(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
        .statusCode();
  }
}
