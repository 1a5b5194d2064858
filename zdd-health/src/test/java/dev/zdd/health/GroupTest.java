package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GroupTest extends HealthFixture {
  private final AtomicBoolean bank = new AtomicBoolean(true);

  @Test
  void isReadyIfAllItsChecksAreEvenThoseThatAreOptionalElsewhere() {
    start(
        builder
            .readiness("orders-db", HealthResult::up, QUICK)
            .readiness(
                "bank",
                () -> HealthResult.upIf(bank.get(), "refused"),
                c -> QUICK.apply(c).optional())
            .readiness("search", () -> HealthResult.down("gone"), c -> QUICK.apply(c).optional())
            .group("payments", "orders-db", "bank"));
    lifecycle.ready();
    await().until(() -> get("/ready/payments").equals("200 {\"status\":\"ready\"}"));
    bank.set(false);
    await().until(() -> get("/ready/payments").equals("503 {\"status\":\"not ready\"}"));
    assertThat(get("/ready")).startsWith("200");
    assertThat(get("/ready/payments?verbose"))
        .contains("\"name\":\"bank\"", "\"name\":\"orders-db\"")
        .doesNotContain("search");
    assertThat(get("/ready/payments?exclude=bank")).startsWith("200");
    bank.set(true);
    await().until(() -> get("/ready/payments").startsWith("200"));
  }

  @Test
  void isNotReadyWhileTheProcessIsNot() {
    start(builder.readiness("db", HealthResult::up).group("payments", "db"));
    await().until(() -> get("/ready/db").startsWith("200"));
    assertThat(get("/ready/payments")).startsWith("503");
    lifecycle.ready();
    assertThat(get("/ready/payments")).startsWith("200");
    lifecycle.drain("SIGTERM");
    assertThat(get("/ready/payments")).startsWith("503");
  }

  @Test
  void isAnsweredLikeAProbe() {
    start(
        builder
            .readiness("db", () -> HealthResult.down("refused"), QUICK)
            .group("payments", "db")
            .details(Details.NOTHING));
    lifecycle.ready();
    await().until(() -> get("/ready/payments").startsWith("503"));
    EndpointResponse post =
        health.endpoint().handle(EndpointRequest.of("POST", "/ready/payments", null));
    assertThat(post.status()).isEqualTo(405);
    assertThat(health.endpoint().handle(request("/ready/payments")).headers())
        .extracting(EndpointResponse.Header::name)
        .contains("Retry-After", "Cache-Control");
    // The group's name is the application's own; those of its checks are not shown.
    assertThat(get("/ready/payments?verbose")).isEqualTo("503 {\"status\":\"not ready\"}");
    assertThat(get("/ready/db")).startsWith("404");
    assertThat(get("/healthz/payments")).startsWith("404");
  }

  @Test
  void aCheckThatIsRemovedLeavesItsGroups() {
    start(
        builder
            .readiness("db", HealthResult::up, QUICK)
            .readiness("bank", () -> HealthResult.down("gone"), QUICK)
            .group("payments", "db", "bank"));
    lifecycle.ready();
    await().until(() -> get("/ready/db").startsWith("200"));
    await().until(() -> get("/ready/payments").startsWith("503"));
    health.remove(Probe.READINESS, "bank");
    assertThat(get("/ready/payments")).startsWith("200");
    health.readiness("bank", () -> HealthResult.down("still"), QUICK);
    await().until(() -> get("/ready/payments").startsWith("503"));
  }

  @Test
  void refusesWhatItCannotBe() {
    builder.readiness("db", HealthResult::up).startup("caches", HealthResult::up);
    assertThatThrownBy(() -> builder.group("payments"))
        .hasMessage("health group \"payments\": no checks (expected: at least one)");
    assertThatThrownBy(() -> builder.group("a/b", "db"))
        .hasMessage("health group name: \"a/b\" (expected: [a-z0-9._-]{1,64})");
    builder.group("payments", "db", "caches");
    assertThatThrownBy(() -> builder.group("payments", "db"))
        .hasMessage("health group \"payments\" is already defined");
    assertThatThrownBy(builder::start)
        .hasMessage(
            "health group \"payments\": \"caches\" (expected: the name of a readiness check)");
  }

  @Test
  void sharesNoNameWithACheck() {
    builder.readiness("db", HealthResult::up).group("db", "db");
    assertThatThrownBy(builder::start)
        .hasMessage("health group \"db\": a readiness check has that name");
    start(Health.builder(lifecycle).readiness("db", HealthResult::up).group("payments", "db"));
    assertThatThrownBy(() -> health.readiness("payments", HealthResult::up))
        .hasMessage("health check \"payments\" is already registered for READINESS");
    health.startup("payments", HealthResult::up);
  }
}
