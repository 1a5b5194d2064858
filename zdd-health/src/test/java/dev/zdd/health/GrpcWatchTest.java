package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.NOT_SERVING;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVICE_UNKNOWN;
import static io.grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING;
import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.Ticker;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status.Code;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthGrpc.HealthStub;
import io.grpc.stub.ClientCallStreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What grpc.health.v1.Health/Watch is told, and when. */
@Timeout(60)
class GrpcWatchTest extends GrpcFixture {
  /** What is told here is told because it happened, and not because a second was over. */
  @BeforeEach
  void doNotTick() {
    builder.watchTick(ofDays(1));
  }

  @Test
  void isToldTheStatusAndThenEachChangeOnceAndInOrder() throws Exception {
    HealthStub client = serve(builder);
    HealthSignal db = health.signal("db");
    db.up();
    Watching watching = watch(client, "");
    Watching alive = watch(client, "liveness");
    await().until(() -> watching.isTold(SERVING));
    db.degraded("slow");
    db.down("refused");
    await().until(() -> watching.isTold(SERVING, NOT_SERVING));
    db.down("refused again");
    db.up();
    await().until(() -> watching.isTold(SERVING, NOT_SERVING, SERVING));
    assertThat(alive.told).containsExactly(SERVING);
  }

  @Test
  void ofManyChangesAtOnceItIsToldNoneTwiceAndTheLast() throws Exception {
    HealthStub client = serve(builder);
    HealthSignal db = health.signal("db");
    Watching watching = watch(client, "db");
    for (int i = 0; i < 200; i++) {
      db.up();
      db.down("refused");
    }
    db.up();
    await().until(() -> watching.last() == SERVING);
    for (int i = 1; i < watching.told.size(); i++) {
      assertThat(watching.told.get(i)).isNotEqualTo(watching.told.get(i - 1));
    }
  }

  // The first look of a new watch has read READY and not yet the check's age; now the drain begins,
  // is
  // told to whoever watches already, and is over before the first answer goes out. It says SERVING,
  // and without the look that the drain asked for it would be the last word.
  @Test
  void aDrainBetweenTheFirstLookAndTheFirstAnswerIsNotLost() throws Exception {
    CountDownLatch looking = new CountDownLatch(1);
    CountDownLatch drained = new CountDownLatch(1);
    Ticker ticker =
        () -> {
          if (Thread.currentThread().getName().equals("zdd-health-watchers")) {
            looking.countDown();
            hold(drained);
          }
          return System.nanoTime();
        };
    HealthStub client = serve(builder.ticker(ticker));
    health.signal("db").up();
    Watching watching = watch(client, "db");
    hold(looking);
    lifecycle.drain("test");
    drained.countDown();
    await().until(() -> watching.last() == NOT_SERVING);
  }

  @Test
  void anUnknownServiceIsSaidToBeAndFollowedWhenItComesAndGoes() throws Exception {
    HealthStub client = serve(builder);
    Watching watching = watch(client, "late");
    Watching impossible = watch(client, "shop.Orders");
    await().until(() -> watching.isTold(SERVICE_UNKNOWN) && impossible.isTold(SERVICE_UNKNOWN));
    HealthSignal late = health.signal("late");
    await().until(() -> watching.isTold(SERVICE_UNKNOWN, NOT_SERVING));
    late.up();
    await().until(() -> watching.isTold(SERVICE_UNKNOWN, NOT_SERVING, SERVING));
    health.remove(Probe.READINESS, "late");
    await().until(() -> watching.last() == SERVICE_UNKNOWN);
    assertThat(watching.end).isNull();
  }

  @Test
  void whatTimeAloneChangesIsToldToo() throws Exception {
    FakeTicker ticker = new FakeTicker();
    HealthStub client =
        serve(
            builder
                .ticker(ticker)
                .watchTick(ofMillis(10))
                .readiness("db", HealthResult::up, c -> c.optional().every(ofSeconds(60))));
    HealthSignal shared = health.signal(Probe.READINESS, "auth", c -> c.shared(ofSeconds(100)));
    shared.up();
    await().until(() -> ask(client, "db") == SERVING);
    shared.down("refused");
    Watching db = watch(client, "db");
    Watching whole = watch(client, "");
    await().until(() -> db.isTold(SERVING) && whole.isTold(SERVING));
    ticker.advance(ofSeconds(200)); // the hold is over, and the result of db too old
    ask(client, "db"); // as its first reader finds
    ticker.advance(ofSeconds(61));
    await().until(() -> db.isTold(SERVING, NOT_SERVING) && whole.isTold(SERVING, NOT_SERVING));
  }

  @Test
  void aDrainIsToldOnceAndNothingLeadsBackFromIt() throws Exception {
    HealthStub client =
        serve(builder.readiness("cards", HealthResult::up).group("payments", "cards"));
    HealthSignal db = health.signal("db");
    db.up();
    List<Watching> ready =
        Stream.of("", "readiness", "payments", "db").map(name -> watch(client, name)).toList();
    Watching alive = watch(client, "liveness");
    await().until(() -> ready.stream().allMatch(each -> each.last() == SERVING));
    lifecycle.drain("test");
    await().until(() -> ready.stream().allMatch(each -> each.last() == NOT_SERVING));
    int told = ready.get(3).told.size();
    db.down("refused");
    db.up();
    health.readiness("later", HealthResult::up);
    lifecycle.stop("test");
    Watching after = watch(client, "db"); // is told after all of that was looked at
    await().until(() -> after.isTold(NOT_SERVING));
    assertThat(ready).allMatch(each -> each.last() == NOT_SERVING);
    assertThat(ready.get(3).told).hasSize(told);
    assertThat(alive.told).containsExactly(SERVING);
  }

  @Test
  void twoHundredAreToldAndLeaveNothingBehind() throws Exception {
    HealthStub client = serve(builder);
    List<Watching> all = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      all.add(watch(client, ""));
    }
    await().until(() -> all.stream().allMatch(each -> each.isTold(SERVING)));
    lifecycle.drain("test");
    await().until(() -> all.stream().allMatch(each -> each.isTold(SERVING, NOT_SERVING)));
    assertThat(health.watchers().count()).isEqualTo(200);
    all.forEach(each -> each.call.cancel("enough", null));
    await().until(() -> health.watchers().count() == 0 && lifecycle.longLived().count() == 0);
  }

  @Test
  void oneThatDoesNotReadIsOwedTheLatestStatusOnly() throws Exception {
    HealthStub client = serve(builder);
    HealthSignal db = health.signal("db");
    db.up();
    Watching lazy =
        new Watching() {
          @Override
          public void beforeStart(ClientCallStreamObserver<HealthCheckRequest> started) {
            super.beforeStart(started);
            started.disableAutoRequestWithInitial(1);
          }
        };
    // 64 bytes are room for nine messages on their way, once the window is used up.
    connect(channel -> channel.flowControlWindow(64)).watch(asking("db"), lazy);
    Watching reader = watch(client, "db");
    await().until(() -> lazy.isTold(SERVING) && reader.isTold(SERVING));
    for (int i = 0; i < 15; i++) {
      db.down("refused");
      await().until(() -> reader.last() == NOT_SERVING);
      db.up();
      await().until(() -> reader.last() == SERVING);
    }
    health.remove(Probe.READINESS, "db");
    await().until(() -> reader.last() == SERVICE_UNKNOWN);
    lazy.call.request(10_000);
    await().until(() -> lazy.last() == SERVICE_UNKNOWN);
    assertThat(lazy.told).hasSizeLessThan(20);
    assertThat(reader.told).hasSize(32);
  }

  @Test
  void oneThatCannotBeWrittenToIsEndedAndHurtsNobodyElse() throws Exception {
    HealthStub client = serve(builder, new Breaking());
    HealthSignal db = health.signal("db");
    db.up();
    Watching broken = watch(with(client, "x-broken", "yes"), "db");
    Watching well = watch(client, "db");
    await().until(() -> well.isTold(SERVING));
    db.down("refused");
    await().until(() -> well.isTold(SERVING, NOT_SERVING));
    await().until(() -> broken.end == Code.INTERNAL);
    assertThat(health.watchers().count()).isEqualTo(1);
    assertThat(lifecycle.longLived().count()).isEqualTo(1);
  }

  @Test
  void aHealthThatIsClosedTellsItAndLetsGo() throws Exception {
    HealthStub client = serve(builder);
    Watching ready = watch(client, "");
    Watching alive = watch(client, "liveness");
    await().until(() -> ready.isTold(SERVING) && alive.isTold(SERVING));
    health.close();
    await().until(() -> ready.isTold(SERVING, NOT_SERVING));
    Watching after = watch(client, "");
    await().until(() -> after.isTold(NOT_SERVING));
    assertThat(alive.told).containsExactly(SERVING);
    Stream.of(ready, alive, after).forEach(each -> each.call.cancel("enough", null));
    await().until(() -> health.watchers().count() == 0 && lifecycle.longLived().count() == 0);
  }

  /** A server that has shut down stays for as long as it has calls. */
  @Test
  void endsWhenTheShutdownHasClosedTheListener() throws Exception {
    HealthStub client = serve(builder);
    Watching watching = watch(client, "");
    await().until(() -> watching.isTold(SERVING));
    lifecycle.drain("test");
    await().until(() -> watching.isTold(SERVING, NOT_SERVING));
    lifecycle.longLived().leave().forEach(Runnable::run);
    await().until(() -> watching.end == Code.UNAVAILABLE);
    Watching late = watch(client, "");
    await().until(() -> late.end == Code.UNAVAILABLE);
    assertThat(lifecycle.longLived().count()).isZero();
    assertThat(health.watchers().count()).isZero();
    assertThat(server.shutdown().awaitTermination(20, TimeUnit.SECONDS)).isTrue();
  }

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Somebody's interceptor that fails at each message of some calls. */
  private static final class Breaking implements ServerInterceptor {
    private static final Metadata.Key<String> BROKEN =
        Metadata.Key.of("x-broken", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      return next.startCall(headers.containsKey(BROKEN) ? new Broken<>(call) : call, headers);
    }

    private static final class Broken<A, B> extends SimpleForwardingServerCall<A, B> {
      Broken(ServerCall<A, B> call) {
        super(call);
      }

      @Override
      public void sendMessage(B message) {
        throw new IllegalStateException("on purpose");
      }
    }
  }
}
