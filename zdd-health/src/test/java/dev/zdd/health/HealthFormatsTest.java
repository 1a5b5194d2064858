package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.zdd.core.Lifecycle;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same facts in other people's shapes. */
@Timeout(30)
class HealthFormatsTest extends HealthFixture {
  private static final String IETF = "application/health+json";
  private static final String SPRING = "application/vnd.spring-boot.actuator.v3+json";

  private final AtomicBoolean database = new AtomicBoolean(true);

  @BeforeEach
  void checks() {
    builder
        .liveness("loop", HealthResult::up, QUICK)
        .readiness(
            "db", () -> HealthResult.upIf(database.get(), "refused \"twice\"\nat port 1"), QUICK)
        .readiness("cache", () -> HealthResult.degraded("cold"), c -> QUICK.apply(c).optional())
        .startup("db", HealthResult::up, QUICK);
  }

  private void up(Health.Builder configured) {
    start(configured);
    await().until(() -> status(Probe.STARTUP) == Status.DOWN); // By the lifecycle alone.
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS).isOk() && status(Probe.STARTUP).isOk());
    await().until(() -> check(Probe.READINESS, "cache").status() == Status.DEGRADED);
  }

  private void databaseFails() {
    database.set(false);
    await().until(() -> check(Probe.READINESS, "db").status() == Status.DOWN);
  }

  @Test
  void kubernetesText() {
    up(builder);
    assertThat(get("/ready", "text/plain")).isEqualTo("200 ok");
    assertThat(get("/ready?verbose", "text/plain"))
        .isEqualTo("200 [+]cache ok\n[+]db ok\nready check passed\n");
    databaseFails();
    assertThat(get("/ready", "text/plain"))
        .isEqualTo("503 [-]db failed: reason withheld\n[+]cache ok\nready check failed\n");
    assertThat(get("/ready?exclude=db", "text/plain")).isEqualTo("200 ok");
    assertThat(get("/healthz?verbose", "text/plain"))
        .isEqualTo("200 [+]loop ok\nhealthz check passed\n");
  }

  @Test
  void aReasonOfTwoLinesIsOneLineOfText() {
    up(builder.details(Details.EVERYTHING));
    databaseFails();
    assertThat(get("/ready", "text/plain"))
        .contains("[-]db failed: refused \"twice\" at port 1\n[+]cache ok\n");
  }

  @Test
  void ietfHealthJson() {
    up(builder.details(Details.EVERYTHING));
    assertThat(get("/ready", IETF)).isEqualTo("200 {\"status\":\"warn\"}");
    assertThat(get("/healthz", IETF)).isEqualTo("200 {\"status\":\"pass\"}");
    databaseFails();
    assertThat(get("/ready", IETF)).isEqualTo("503 {\"status\":\"fail\"}");
    assertThat(get("/ready?verbose", IETF))
        .startsWith("503 {\"status\":\"fail\",\"checks\":{\"db\":[{\"status\":\"fail\",\"time\":\"")
        .contains("\"output\":\"refused \\\"twice\\\"\\nat port 1\"")
        .contains("\"cache\":[{\"status\":\"warn\",");
  }

  @Test
  void springBoot() {
    up(builder);
    Endpoint spring = health.springBoot();
    assertThat(get(spring, "/actuator/health/readiness", null))
        .isEqualTo(
            "200 {\"status\":\"UP\",\"components\":{"
                + "\"cache\":{\"status\":\"UP\"},\"db\":{\"status\":\"UP\"}}}");
    assertThat(get(spring, "/actuator/health", null))
        .isEqualTo(
            "200 {\"status\":\"UP\",\"components\":{\"cache\":{\"status\":\"UP\"},"
                + "\"loop\":{\"status\":\"UP\"},\"db\":{\"status\":\"UP\"},"
                + "\"db-startup\":{\"status\":\"UP\"}},\"groups\":[\"liveness\",\"readiness\"]}");
    assertThat(get(spring, "/actuator/health/db", null)).isEqualTo("200 {\"status\":\"UP\"}");
    databaseFails();
    assertThat(get(spring, "/actuator/health", null)).startsWith("503 {\"status\":\"DOWN\"");
    assertThat(get(spring, "/actuator/health/db", null)).isEqualTo("503 {\"status\":\"DOWN\"}");
    assertThat(get(spring, "/actuator/health/liveness", null)).startsWith("200 {\"status\":\"UP\"");
    assertThat(get(spring, "/actuator/health/nothing", null)).startsWith("404");
    assertThat(get("/ready", SPRING)).startsWith("503 {\"status\":\"DOWN\",\"components\"");
  }

  @Test
  void aProcessThatDrainsIsOutOfServiceForSpringBoot() {
    up(builder);
    lifecycle.drain("SIGTERM");
    Endpoint spring = health.springBoot();
    assertThat(get(spring, "/actuator/health/readiness", null))
        .startsWith("503 {\"status\":\"OUT_OF_SERVICE\"");
    assertThat(get(spring, "/actuator/health/liveness", null)).startsWith("200");
    databaseFails();
    assertThat(get(spring, "/actuator/health/readiness", null))
        .startsWith("503 {\"status\":\"DOWN\"");
  }

  /** MicroProfile Health 4.0: all procedures there are, data only in the schema's types. */
  @Test
  void microProfile() {
    up(builder.details(Details.EVERYTHING));
    Endpoint mp = health.microProfile();
    EndpointResponse live = mp.handle(EndpointRequest.of("GET", "/health/live", null));
    assertThat(live.headers())
        .contains(new EndpointResponse.Header("Content-Type", "application/json"));
    assertThat(text(live))
        .isEqualTo("200 {\"status\":\"UP\",\"checks\":[{\"name\":\"loop\",\"status\":\"UP\"}]}");
    assertThat(get(mp, "/health/ready", null))
        .isEqualTo(
            "200 {\"status\":\"UP\",\"checks\":[{\"name\":\"cache\",\"status\":\"UP\","
                + "\"data\":{\"reason\":\"cold\"}},{\"name\":\"db\",\"status\":\"UP\"}]}");
    databaseFails();
    assertThat(get(mp, "/health", null)).startsWith("503 {\"status\":\"DOWN\",\"checks\":[{\"name");
    assertThat(get(mp, "/health/live", null)).startsWith("200");
    assertThat(get(mp, "/health/started", null)).startsWith("200 {\"status\":\"UP\"");
    assertThat(get(mp, "/health/db", null)).startsWith("404");
    assertThat(get(mp, "/ready", null)).startsWith("404");
    EndpointResponse post = mp.handle(EndpointRequest.of("POST", "/health", null));
    assertThat(post.status()).isEqualTo(405);
  }

  /** MicroProfile Health 4.0, "procedures not yet installed". */
  @Test
  void microProfileBeforeTheApplicationIsThere() {
    start(Health.builder(lifecycle));
    Endpoint mp = health.microProfile();
    String down = "503 {\"status\":\"DOWN\",\"checks\":[]}";
    String up = "200 {\"status\":\"UP\",\"checks\":[]}";
    assertThat(get(mp, "/health/ready", null)).isEqualTo(down);
    assertThat(get(mp, "/health/started", null)).isEqualTo(down);
    assertThat(get(mp, "/health", null)).isEqualTo(down);
    assertThat(get(mp, "/health/live", null)).isEqualTo(up);
    lifecycle.ready();
    for (String path : new String[] {"/health", "/health/live", "/health/ready"}) {
      assertThat(get(mp, path, null)).isEqualTo(up);
    }
  }

  @Test
  void nothingIsShownToWhomTheApplicationShowsNothing() {
    builder.details(request ->
        "10.0.0.9".equals(request.remoteAddress()) ? Details.EVERYTHING : Details.NOTHING);
    up(builder);
    databaseFails();
    for (String type : new String[] {"application/json", IETF, SPRING, "text/plain"}) {
      assertThat(get("/ready?verbose", type)).startsWith("503").doesNotContain("db", "refused");
    }
    assertThat(get(health.microProfile(), "/health", null)).doesNotContain("db", "loop", "refused");
    assertThat(get(health.springBoot(), "/actuator/health", null)).doesNotContain("db", "refused");
    assertThat(get(health.springBoot(), "/actuator/health/db", null)).startsWith("404");
    assertThat(get("/ready/db", null)).startsWith("404");

    EndpointRequest trusted = from("10.0.0.9", "/ready", "verbose", null);
    assertThat(text(health.endpoint().handle(trusted))).contains("\"db\"", "refused");
  }

  @Test
  @SuppressWarnings("NullAway")
  void aRuleThatFailsShowsNothing() {
    try (CapturedLog log = new CapturedLog()) {
      up(
          builder.details(request -> {
            if (request.remoteAddress() == null) {
              throw new IllegalStateException("no address");
            }
            return null;
          }));
      assertThat(get("/ready?verbose", null)).isEqualTo("200 {\"status\":\"ready\"}");
      EndpointRequest other = from("10.0.0.9", "/ready", "verbose", null);
      assertThat(text(health.endpoint().handle(other))).isEqualTo("200 {\"status\":\"ready\"}");
      assertThat(log.count("the rule for the details of health answers failed")).isEqualTo(1);
    }
  }

  @Test
  void aCheckThatFillsTheAnswerIsShownAndALongerOneIsNot() {
    HealthFormat[] shapes = {
      new ZddFormat(), new HealthJsonFormat(), new SpringFormat(), new MicroProfileFormat()
    };
    for (HealthFormat shape : shapes) {
      assertThat(roomFor(shape)).describedAs(shape.contentType()).isEqualTo(9_999);
    }
    assertThat(roomFor(new KubernetesFormat())).isEqualTo(10_000);
  }

  /** How many characters of checks {@code shape} writes down at most, without what is around. */
  private static int roomFor(HealthFormat shape) {
    int around = body(shape).length();
    int shortest = body(shape, "one", "two").length();
    int more = HealthFormat.LIMIT + around - shortest;
    for (int pad = more + 1; pad > more - 10; pad--) {
      String name = "two" + "o".repeat(pad);
      String body = body(shape, "one", name);
      if (body.contains(name)) {
        return body.length() - around;
      }
    }
    throw new AssertionError("less than " + (HealthFormat.LIMIT - 10));
  }

  private static String body(HealthFormat shape, String... names) {
    List<CheckSnapshot> checks = new ArrayList<>();
    for (String name : names) {
      CheckState state =
          new CheckState(Probe.READINESS, name, CheckOptions.DEFAULTS, 0, Instant.EPOCH);
      state.settle(HealthResult.up(), Duration.ZERO, 0, Instant.EPOCH);
      checks.add(state.snapshot(null));
    }
    HealthSnapshot probe =
        new HealthSnapshot(Probe.READINESS, Status.UP, Lifecycle.State.READY, checks);
    return shape.body(List.of(probe), true, Details.EVERYTHING, 0);
  }

  @Test
  void zddTellsTheTimesOfACheckThatHangsAndIsHeld() {
    FakeTicker ticker = new FakeTicker();
    CheckState state =
        new CheckState(
            Probe.READINESS,
            "db",
            CheckOptions.DEFAULTS.failuresToDown(1).shared(Duration.ofSeconds(90)),
            ticker.read(),
            Instant.EPOCH);
    state.settle(HealthResult.up(), Duration.ZERO, ticker.read(), Instant.EPOCH);
    state.began(ticker.read());
    ticker.advance(Duration.ofSeconds(1));
    state.settle(
        HealthResult.down("no answer"),
        Duration.ofMillis(1001),
        ticker.read(),
        Instant.EPOCH.plusSeconds(1));
    long next = ticker.read() + Duration.ofMillis(1750).toNanos();
    ticker.advance(Duration.ofMillis(1500));
    assertThat(ZddFormat.check(state.snapshot(next), Details.EVERYTHING, ticker.read()))
        .isEqualTo(
            "{\"name\":\"db\",\"status\":\"down\",\"reason\":\"no answer\",\"required\":true,"
                + "\"since\":\"1970-01-01T00:00:01Z\",\"lastSuccess\":\"1970-01-01T00:00:00Z\","
                + "\"consecutiveFailures\":1,\"durationMs\":1001,\"heldForMs\":88500,"
                + "\"nextRunMs\":250,\"runningForMs\":2500,\"transitions\":["
                + "{\"from\":\"unknown\",\"to\":\"up\",\"at\":\"1970-01-01T00:00:00Z\"},"
                + "{\"from\":\"up\",\"to\":\"down\",\"at\":\"1970-01-01T00:00:01Z\"}]}");
  }

  @Test
  void springBootTellsTheReasonToWhomTheApplicationShowsIt() {
    start(
        Health.builder(lifecycle)
            .details(
                request -> request.remoteAddress() == null ? Details.NAMES : Details.EVERYTHING));
    lifecycle.ready();
    health.signal("db").up();
    health.signal("cache").degraded("cold");
    Endpoint spring = health.springBoot();
    assertThat(text(spring.handle(from("10.0.0.9", "/actuator/health/readiness", null, null))))
        .isEqualTo(
            "200 {\"status\":\"UP\",\"components\":{"
                + "\"cache\":{\"status\":\"UP\",\"details\":{\"reason\":\"cold\"}},"
                + "\"db\":{\"status\":\"UP\"}}}");
    assertThat(get(spring, "/actuator/health/cache", null)).isEqualTo("200 {\"status\":\"UP\"}");
  }

  @Test
  void aClosedHealthIsDownForSpringBootAndNotOutOfService() {
    start(Health.builder(lifecycle));
    lifecycle.ready();
    health.close();
    assertThat(get(health.springBoot(), "/actuator/health/readiness", null))
        .isEqualTo("503 {\"status\":\"DOWN\",\"components\":{}}");
  }

  /** Kubelet reads no further than 10 KiB, and half a document is none. */
  @Test
  void everyShapeStaysBelowTenKibibytesWithTheWorstFirst() throws Exception {
    String reason = "\u00e4\"\\\u0000".repeat(60);
    Health.Builder many = Health.builder(lifecycle).details(Details.EVERYTHING);
    for (int i = 0; i < 300; i++) {
      many.readiness("a-check-with-a-long-name-" + i, () -> HealthResult.degraded(reason), QUICK);
    }
    many.readiness("z-the-worst", () -> HealthResult.down(reason), QUICK);
    start(many);
    lifecycle.ready();
    await().until(() -> status(Probe.READINESS) == Status.DOWN);
    for (String type : new String[] {"application/json", IETF, SPRING, "text/plain"}) {
      EndpointResponse response =
          health.endpoint().handle(from("10.0.0.9", "/ready", "verbose", type));
      assertThat(response.body().length).describedAs(type).isBetween(5_000, 10_240);
      String text = text(response);
      assertThat(text.indexOf("z-the-worst")).isBetween(0, 200);
      if (!type.startsWith("text")) {
        parse(text.substring(4));
      }
    }
    String mp = get(health.microProfile(), "/health", null);
    assertThat(mp.length()).isBetween(5_000, 10_240);
    parse(mp.substring(4));
  }

  private static void parse(String json) throws Exception {
    try (JsonParser parser =
        new JsonFactory()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .createParser(json)) {
      while (parser.nextToken() != null) {
        // To its end: it throws where it is not JSON.
      }
    }
  }

  private String get(String target, @Nullable String accept) {
    return get(health.endpoint(), target, accept);
  }

  private static String get(Endpoint endpoint, String target, @Nullable String accept) {
    int question = target.indexOf('?');
    String path = question < 0 ? target : target.substring(0, question);
    String query = question < 0 ? null : target.substring(question + 1);
    EndpointResponse response = endpoint.handle(from(null, path, query, accept));
    boolean refused = response.status() == 503;
    assertThat(response.headers().stream().anyMatch(h -> h.name().equals("Retry-After")))
        .isEqualTo(refused);
    if (accept != null && response.status() != 404) {
      assertThat(response.headers().get(0).value().toLowerCase(Locale.ROOT)).startsWith(accept);
    }
    return text(response);
  }

  private static EndpointRequest from(
      @Nullable String address, String path, @Nullable String query, @Nullable String accept) {
    return new EndpointRequest() {
      @Override
      public String method() {
        return "GET";
      }

      @Override
      public String path() {
        return path;
      }

      @Override
      public @Nullable String query() {
        return query;
      }

      @Override
      public @Nullable String header(String name) {
        return name.equals("Accept") ? accept : null;
      }

      @Override
      public @Nullable String remoteAddress() {
        return address;
      }
    };
  }

  @Test
  void isWorthAskingAgainWhenTheLastOfItsProbesMayHaveRecovered() {
    FakeTicker ticker = new FakeTicker();
    lifecycle.ready();
    start(
        Health.builder(lifecycle)
            .ticker(ticker)
            .liveness("loop", HealthResult::up)
            .readiness(
                "db", () -> HealthResult.down("refused"), c -> c.every(Duration.ofMinutes(1))));
    await().until(() -> check(Probe.READINESS, "db").status() == Status.DOWN);
    EndpointResponse response = health.microProfile().handle(request("/health"));
    assertThat(response.status()).isEqualTo(503);
    long nanos = requireNonNull(check(Probe.READINESS, "db").nextRunAt()) - ticker.read();
    assertThat(response.headers())
        .contains(new EndpointResponse.Header("Retry-After", "" + Responses.wholeSeconds(nanos)));
    assertThat(Responses.wholeSeconds(nanos)).isBetween(48, 72);
  }
}
