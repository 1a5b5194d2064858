package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.NOT_SERVING;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVICE_UNKNOWN;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.Probers;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthGrpc.HealthStub;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What grpc.health.v1.Health/Check is answered with. */
@Timeout(60)
class GrpcHealthTest extends GrpcFixture {
  @Test
  void theWholeServerIsReadinessAndEachProbeHasItsName() throws Exception {
    HealthStub client = serve(builder);
    HealthSignal loop = health.signal(Probe.LIVENESS, "loop", c -> c);
    assertThat(ask(client, "")).isEqualTo(SERVING);
    HealthSignal db = health.signal("db");
    assertThat(ask(client, "")).isEqualTo(NOT_SERVING); // not known yet
    db.down("refused");
    assertThat(ask(client, "")).isEqualTo(NOT_SERVING);
    assertThat(ask(client, "readiness")).isEqualTo(NOT_SERVING);
    assertThat(ask(client, "liveness")).isEqualTo(SERVING);
    assertThat(ask(client, "startup")).isEqualTo(SERVING);
    db.degraded("slow");
    loop.down("stalled");
    assertThat(ask(client, "")).isEqualTo(SERVING);
    assertThat(ask(client, "liveness")).isEqualTo(NOT_SERVING);
  }

  @Test
  void checksAndGroupsHaveTheirNamesAndNothingElseIsKnown() throws Exception {
    HealthStub client =
        serve(
            builder
                .readiness("db", HealthResult::up)
                .readiness("cards", () -> HealthResult.down("refused"), c -> c.optional())
                .group("payments", "db", "cards"));
    await().until(() -> ask(client, "db") == SERVING);
    await().until(() -> check(Probe.READINESS, "cards").status() == Status.DOWN);
    assertThat(ask(client, "")).isEqualTo(SERVING);
    assertThat(ask(client, "cards")).isEqualTo(NOT_SERVING);
    assertThat(ask(client, "payments")).isEqualTo(NOT_SERVING);
    for (String nobodys : List.of("shop.Orders", "DB", " ", "x".repeat(1_000_000))) {
      assertThatThrownBy(() -> ask(client, nobodys))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessage("NOT_FOUND: unknown service");
    }
  }

  @Test
  void theNamesOfChecksAreForThoseWhoAreShownDetails() throws Exception {
    List<String> askers = new CopyOnWriteArrayList<>();
    HealthStub client =
        serve(
            builder
                .readiness("db", HealthResult::up)
                .group("payments", "db")
                .details(request -> {
                  askers.add(request.remoteAddress() + " " + request.path());
                  return "us".equals(request.header("X-From")) && request.header("ü") == null
                      ? Details.NAMES
                      : Details.NOTHING;
                }));
    await().until(() -> ask(client, "payments") == SERVING);
    assertThat(ask(with(client, "x-from", "us"), "db")).isEqualTo(SERVING);
    assertThatThrownBy(() -> ask(client, "db")).hasMessageContaining("NOT_FOUND");
    assertThat(askers).contains("127.0.0.1 /grpc.health.v1.Health/Check");
    Watching stranger = watch(client, "db");
    Watching friend = watch(with(client, "x-from", "us"), "db");
    await().until(() -> friend.isTold(SERVING) && stranger.told.size() == 1);
    assertThat(stranger.last()).isEqualTo(SERVICE_UNKNOWN);
  }

  @Test
  void aCheckSeesADrainAtOnceAndForGood() throws Exception {
    HealthStub client = serve(builder.group("payments", "db").readiness("db", HealthResult::up));
    await().until(() -> ask(client, "") == SERVING);
    lifecycle.drain("test");
    for (String gone : List.of("", "readiness", "payments", "db")) {
      assertThat(ask(client, gone)).isEqualTo(NOT_SERVING);
    }
    assertThat(ask(client, "liveness")).isEqualTo(SERVING);
    assertThat(ask(client, "startup")).isEqualTo(SERVING);
  }

  @Test
  void aCheckSeesThatAResultIsTooOldThoughNothingComes() throws Exception {
    FakeTicker ticker = new FakeTicker();
    HealthStub client =
        serve(
            builder.ticker(ticker).readiness("db", HealthResult::up, c -> c.every(ofSeconds(60))));
    await().until(() -> ask(client, "db") == SERVING);
    ticker.advance(ofSeconds(200));
    assertThat(ask(client, "")).isEqualTo(SERVING); // perhaps only the machine slept
    ticker.advance(ofSeconds(61));
    assertThat(ask(client, "")).isEqualTo(NOT_SERVING);
    assertThat(ask(client, "db")).isEqualTo(NOT_SERVING);
  }

  /** The announcement of a drain waits until those who ask for readiness have read the "no". */
  @Test
  void whoAsksForReadinessIsAProber() throws Exception {
    HealthStub client = serve(builder);
    ask(client, "liveness");
    assertThat(lifecycle.probers().seen()).isEmpty();
    ask(client, "");
    lifecycle.drain("test");
    ask(client, "readiness");
    assertThat(lifecycle.probers().seen()).hasSize(1);
    Probers.Prober prober = lifecycle.probers().seen().get(0);
    assertThat(prober.address()).isEqualTo("127.0.0.1");
    assertThat(prober.userAgent()).startsWith("grpc-java-netty/");
    assertThat(prober.path()).isEqualTo("/grpc.health.v1.Health/Check");
    assertThat(prober.refusedInARow()).isEqualTo(1);
  }

  @Test
  void isKnownToWhoAsksTheServerForItsServicesWithTheirSchema() throws Exception {
    serve(builder);
    assertThat(server.getServices())
        .singleElement()
        .satisfies(service -> {
          assertThat(service.getServiceDescriptor().getName()).isEqualTo("grpc.health.v1.Health");
          assertThat(service.getServiceDescriptor().getSchemaDescriptor()).isNotNull();
        });
  }
}
