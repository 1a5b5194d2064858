package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class HealthEndpointTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final AtomicBoolean databaseUp = new AtomicBoolean(true);
  private Health health = Health.builder(lifecycle).start();

  @AfterEach
  void stop() {
    health.close();
  }

  @Test
  void answersEachProbeInItsOwnWords() {
    start(standard());
    assertThat(answer("/healthz")).isEqualTo("200 {\"status\":\"alive\"}");
    assertThat(answer("/ready")).isEqualTo("503 {\"status\":\"not ready\"}");
    assertThat(answer("/startup")).isEqualTo("503 {\"status\":\"starting\"}");
    lifecycle.ready();
    assertThat(answer("/ready")).isEqualTo("200 {\"status\":\"ready\"}");
    assertThat(answer("/startup")).isEqualTo("200 {\"status\":\"started\"}");
    lifecycle.drain("SIGTERM");
    assertThat(answer("/healthz")).isEqualTo("200 {\"status\":\"alive\"}");
    assertThat(answer("/ready")).isEqualTo("503 {\"status\":\"not ready\"}");
    assertThat(answer("/startup")).isEqualTo("200 {\"status\":\"started\"}");
  }

  @Test
  void saysDeadWhenALocalCheckIsDown() {
    health.close();
    health =
        Health.builder(lifecycle)
            .liveness("loop", () -> HealthResult.down("stalled"), c -> c.failuresToDown(1))
            .start();
    await().until(() -> answer("/healthz").equals("503 {\"status\":\"dead\"}"));
  }

  @Test
  void withoutChecksAReadyProcessIsReady() {
    lifecycle.ready();
    assertThat(answer("/ready")).isEqualTo("200 {\"status\":\"ready\"}");
    assertThat(answer("/ready?verbose")).contains("\"checks\":[]");
  }

  @Test
  void everyAnswerForbidsCachingAndSniffing() {
    start(standard());
    for (String target : new String[] {"/healthz", "/ready", "/ready?verbose", "/nothing"}) {
      EndpointResponse response = get(target);
      assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
      assertThat(header(response, "X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(header(response, "Content-Type")).isEqualTo("application/json");
    }
    EndpointResponse post = request("POST", "/ready", null);
    assertThat(header(post, "Cache-Control")).isEqualTo("no-store");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "", "G\r\nET"})
  void refusesEveryMethodButGetAndHead(String method) {
    start(standard());
    for (String path : new String[] {"/healthz", "/ready", "/startup", "/ready/orders-db"}) {
      EndpointResponse response = request(method, path, null);
      assertThat(response.status()).isEqualTo(405);
      assertThat(header(response, "Allow")).isEqualTo("GET, HEAD");
    }
  }

  @Test
  void answersHeadLikeGet() {
    start(standard());
    for (String path : new String[] {"/healthz", "/ready", "/ready/orders-db"}) {
      EndpointResponse head = request("HEAD", path, null);
      EndpointResponse get = request("GET", path, null);
      assertThat(head.status()).isEqualTo(get.status());
      assertThat(head.headers()).isEqualTo(get.headers());
      assertThat(head.body()).isEqualTo(get.body());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "",
        "/health",
        "/ready/",
        "/readyx",
        "/ready/unknown",
        "/ready/ORDERS-DB",
        "/ready/orders-db/",
        "/ready/sessions\u0000",
        "/ready/<script>",
        "/ready/\r\nX: y",
        "/healthz/orders-db",
        "ready"
      })
  void knowsNoOtherPath(String path) {
    start(standard());
    assertThat(text(request("GET", path, null))).isEqualTo("404 {\"status\":\"not found\"}");
  }

  @Test
  void answersForOneCheck() {
    start(standard());
    assertThat(answer("/ready/orders-db")).isEqualTo("200 {\"status\":\"up\"}");
    databaseUp.set(false);
    await().until(() -> answer("/ready/orders-db").equals("503 {\"status\":\"down\"}"));
    assertThat(header(get("/ready/orders-db"), "Retry-After")).matches("[1-9]");
    assertThat(answer("/ready/orders-db?verbose"))
        .startsWith("503 {\"name\":\"orders-db\",\"status\":\"down\"");
    assertThat(answer("/ready/sessions")).startsWith("200");
  }

  @Test
  void leavesExcludedChecksOut() {
    start(standard());
    lifecycle.ready();
    databaseUp.set(false);
    await().until(() -> answer("/ready").startsWith("503"));
    assertThat(answer("/ready?exclude=orders-db")).isEqualTo("200 {\"status\":\"ready\"}");
    assertThat(answer("/ready?exclude=sessions&exclude=orders%2Ddb")).startsWith("200");
    assertThat(answer("/ready?exclude=sessions")).startsWith("503");
    assertThat(answer("/ready?exclude=nobody")).startsWith("503");
    assertThat(answer("/ready?exclude")).startsWith("503");
    assertThat(answer("/ready?verbose&exclude=orders-db"))
        .startsWith("200")
        .doesNotContain("orders-db")
        .contains("sessions");
    lifecycle.drain("SIGTERM");
    assertThat(answer("/ready?exclude=orders-db&exclude=sessions")).startsWith("503");
  }

  @Test
  void tellsWhenToComeBack() {
    health.close();
    health =
        Health.builder(lifecycle)
            .readiness("slow", () -> HealthResult.down("refused"), c -> c.every(ofSeconds(40)))
            .readiness("slower", () -> HealthResult.down("refused"), c -> c.every(ofSeconds(600)))
            .readiness("fine", HealthResult::up, c -> c.every(ofSeconds(2)))
            .start();
    lifecycle.ready();
    await().until(() -> checksSettled(3));
    // The next run of what fails, ± 20 %; what is up does not matter.
    assertThat(Integer.parseInt(header(get("/ready"), "Retry-After"))).isBetween(31, 48);
    assertThat(Integer.parseInt(header(get("/ready?exclude=slow"), "Retry-After")))
        .isBetween(470, 720);
    lifecycle.drain("SIGTERM");
    assertThat(header(get("/startup"), "Retry-After")).isNull();
    assertThat(header(get("/ready?exclude=slow&exclude=slower"), "Retry-After")).isEqualTo("1");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "verbose=%zz&exclude=%",
        "exclude=%00",
        "exclude=%ff%fe",
        "&&&=&=&exclude=&exclude==",
        "exclude=\u0000\u0007\u001b[31m",
        "verbose&exclude=<script>alert(1)</script>",
        "%",
        "a=b\r\nSet-Cookie: c=d"
      })
  void aMalformedQueryIsIgnoredAndNeverReflected(String query) {
    start(standard());
    lifecycle.ready();
    EndpointResponse response = request("GET", "/ready", query);
    assertThat(response.status()).isEqualTo(200);
    assertThat(text(response)).doesNotContain("script", "Cookie", "%", "\u0007");
  }

  @Test
  void aHugeQueryIsIgnored() {
    start(standard());
    lifecycle.ready();
    assertThat(request("GET", "/ready", "x".repeat(10_000)).status()).isEqualTo(200);
    assertThat(request("GET", "/ready", "&exclude=%41".repeat(10_000)).status()).isEqualTo(200);
  }

  @Test
  void verboseShowsEachCheckAndWithholdsReasons() {
    start(standard());
    lifecycle.ready();
    databaseUp.set(false);
    await().until(() -> answer("/ready").startsWith("503"));
    assertThat(answer("/ready?verbose"))
        .matches(
            "503 \\{\"status\":\"not ready\",\"lifecycle\":\"ready\",\"checks\":\\["
                // what is worst comes first
                + "\\{\"name\":\"orders-db\",\"status\":\"down\",\"reason\":\"reason withheld\","
                + "\"required\":true,\"since\":\"[0-9TZ:.-]+\",\"lastSuccess\":\"[0-9TZ:.-]+\","
                + "\"consecutiveFailures\":\\d+,\"durationMs\":\\d+,\"nextRunMs\":\\d+,"
                + "\"transitions\":\\[\\{\"from\":\"unknown\",\"to\":\"up\",\"at\":\"[^\"]+\"},"
                + "\\{\"from\":\"up\",\"to\":\"down\",\"at\":\"[^\"]+\"}]},"
                + "\\{\"name\":\"sessions\",\"status\":\"up\",.*]}");
  }

  @Test
  void showsReasonsWhereAllowed() {
    start(standard().details(Details.EVERYTHING));
    databaseUp.set(false);
    await().until(() -> answer("/ready/orders-db").startsWith("503"));
    assertThat(answer("/ready/orders-db?verbose")).contains("\"reason\":\"no \\\"orders\\\"\"");
  }

  @Test
  void withoutNamesNeitherListNorSingleChecksAreShown() {
    start(standard().details(Details.NOTHING));
    assertThat(answer("/ready?verbose")).isEqualTo("503 {\"status\":\"not ready\"}");
    assertThat(answer("/ready/orders-db")).startsWith("404");
  }

  @Test
  void staysUnderTenKibibytesAndCountsWhatIsLeftOut() throws Exception {
    Health.Builder builder = Health.builder(lifecycle).details(Details.EVERYTHING);
    for (int i = 0; i < 200; i++) {
      builder.readiness("up-" + i, HealthResult::up);
    }
    builder.readiness("x".repeat(64), () -> HealthResult.down("\u0001ä\ud800".repeat(5000)));
    start(builder);
    await().until(() -> checksSettled(201));
    EndpointResponse response = get("/ready?verbose");
    assertThat(response.body().length).isBetween(8_000, 10_239);
    assertThat(text(response)).contains("\"name\":\"xxxx").containsPattern("\"omitted\":1\\d\\d}$");
    try (JsonParser parser = new JsonFactory().createParser(response.body())) {
      while (parser.nextToken() != null) {
        parser.getText(); // throws if it is not JSON
      }
    }
  }

  @Test
  void answersAtOnceWhileACheckHangs() {
    CountDownLatch release = new CountDownLatch(1);
    health.close();
    health =
        Health.builder(lifecycle)
            .readiness(
                "hung",
                () ->
                    HealthResult.upIf(release.await(30, java.util.concurrent.TimeUnit.SECONDS), ""),
                c -> c.uninterrupted().every(ofMillis(200)).timeout(ofMillis(100)))
            .start();
    lifecycle.ready();
    await().until(() -> answer("/ready?verbose").contains("\"runningForMs\""));
    assertThat(answer("/ready?verbose")).contains("\"status\":\"not ready\"");
    long start = System.nanoTime();
    for (int i = 0; i < 10_000; i++) {
      assertThat(get("/ready").status()).isEqualTo(503);
    }
    // 10,000 answers in the time of one probe's timeout: none of them waited for the check.
    assertThat(ofMillis((System.nanoTime() - start) / 1_000_000)).isLessThan(ofSeconds(1));
    release.countDown();
  }

  @Test
  void aPlainAnswerIsPreparedAhead() {
    start(standard());
    lifecycle.ready();
    assertThat(get("/ready")).isSameAs(get("/ready"));
    lifecycle.drain("SIGTERM");
    assertThat(get("/ready")).isSameAs(get("/ready"));
  }

  private Health.Builder standard() {
    return Health.builder(lifecycle)
        .liveness("deadlock", Checks.deadlock())
        .readiness(
            "orders-db",
            () -> HealthResult.upIf(databaseUp.get(), "no \"orders\""),
            c -> c.every(ofSeconds(1)).timeout(ofSeconds(1)).recheck(ofMillis(20)))
        .readiness("sessions", HealthResult::up, CheckOptions::optional)
        .startup("caches", HealthResult::up);
  }

  @Test
  void notesWhoAsksForReadinessAndWhatTheyWereTold() {
    start(Health.builder(lifecycle));
    request("GET", "/healthz", null);
    request("POST", "/ready", null);
    assertThat(lifecycle.probers().seen()).isEmpty();

    lifecycle.ready();
    request("GET", "/ready", null);
    assertThat(lifecycle.probers().seen()).hasSize(1);
    assertThat(lifecycle.probers().seen().get(0).refusedInARow()).isZero();

    lifecycle.drain("SIGTERM");
    request("GET", "/ready", null);
    request("HEAD", "/ready", null);
    assertThat(lifecycle.probers().seen().get(0).refusedInARow()).isEqualTo(2);
  }

  private void start(Health.Builder builder) {
    health.close();
    health = builder.start();
    for (Probe probe : Probe.values()) {
      await()
          .until(() ->
              health.snapshot(probe).checks().stream()
                  .allMatch(
                      check -> check.lastSuccess() != null || check.consecutiveFailures() > 0));
    }
  }

  private boolean checksSettled(int count) {
    return health.snapshot(Probe.READINESS).checks().stream()
            .filter(check -> check.status() != Status.UNKNOWN && check.nextRunAt() != null)
            .count()
        == count;
  }

  private String answer(String target) {
    return text(get(target));
  }

  private EndpointResponse get(String target) {
    int query = target.indexOf('?');
    return query < 0
        ? request("GET", target, null)
        : request("GET", target.substring(0, query), target.substring(query + 1));
  }

  private EndpointResponse request(String method, String path, @Nullable String query) {
    return health.endpoint().handle(EndpointRequest.of(method, path, query));
  }

  private static String text(EndpointResponse response) {
    return response.status() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  @SuppressWarnings("NullAway")
  private static String header(EndpointResponse response, String name) {
    return response.headers().stream()
        .filter(header -> header.name().equals(name))
        .map(EndpointResponse.Header::value)
        .findFirst()
        .orElse(null);
  }
}
