package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is closed after whom, with the interleavings forced by latches. */
@Timeout(60)
class ClosingOrderTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final CountDownLatch never = new CountDownLatch(1);
  private final GracefulShutdown.Builder builder =
      GracefulShutdown.builder(lifecycle)
          .announce(Duration.ZERO)
          .deadline(Duration.ofSeconds(20))
          .step(Duration.ofSeconds(10));

  private AutoCloseable noted(String name) {
    return () -> events.add(name);
  }

  private DrainReport run() throws Exception {
    return builder.build().shutdown("test").get(30, TimeUnit.SECONDS);
  }

  @Test
  void closesServersThenPhaseByPhaseAndWithinAPhaseLastRegisteredFirst() throws Exception {
    builder
        .close("logging", noted("logging"), s -> s.inPhase(ClosePhase.FLUSH))
        .close("metrics", noted("metrics"), s -> s.inPhase(ClosePhase.FLUSH))
        .close("pool", noted("pool"))
        .close("client", noted("client"))
        .close("executor", noted("executor"), s -> s.inPhase(ClosePhase.FINISH))
        .close("consumer", noted("consumer"), s -> s.inPhase(ClosePhase.FINISH))
        .server("http", new RecordingServer(events));

    DrainReport report = run();

    assertThat(report.steps())
        .extracting(DrainReport.StepResult::name)
        .containsExactly("http", "consumer", "executor", "client", "pool", "metrics", "logging");
    assertThat(events)
        .containsExactly(
            "announce",
            "unbind",
            "close",
            "consumer",
            "executor",
            "client",
            "pool",
            "metrics",
            "logging");
    assertThat(report.clean()).isTrue();
  }

  @Test
  void closesServersInTheOrderOfRegistration() throws Exception {
    for (String name : List.of("a", "b")) {
      builder.server(
          name,
          new RecordingServer() {
            @Override
            public void close() {
              ClosingOrderTest.this.events.add(name);
            }
          });
    }
    assertThat(run().clean()).isTrue();
    assertThat(events).containsExactly("a", "b");
  }

  @Test
  void closesAStepAfterThoseItNames() throws Exception {
    builder
        .close(
            "b",
            noted("b"),
            s ->
                s.timeout(Duration.ofSeconds(9))
                    .inPhase(ClosePhase.CLOSE)
                    .after("a", "c")
                    .after("a"))
        .close("a", noted("a"), s -> s.after("c"))
        .close("c", noted("c"), s -> s.inParallel());
    assertThat(run().clean()).isTrue();
    assertThat(events).containsExactly("c", "a", "b");
  }

  @Test
  void acceptsAServerAndAnEarlierPhaseAsWhatAStepIsAfter() throws Exception {
    builder
        .server("http", new RecordingServer())
        .close("executor", noted("executor"), s -> s.inPhase(ClosePhase.FINISH))
        .close("pool", noted("pool"), s -> s.after("http", "executor"));
    assertThat(run().clean()).isTrue();
    assertThat(events).containsExactly("executor", "pool");
  }

  // Both wait for each other inside their close(): one after the other would never end.
  @Test
  void closesSideBySideWhatIsInParallel() throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    builder
        .close("one", () -> both.await(), s -> s.inParallel())
        .close("two", () -> both.await(), s -> s.inParallel());
    assertThat(run().clean()).isTrue();
  }

  @Test
  void closesTheChainBesideWhatIsInParallel() throws Exception {
    CountDownLatch chained = new CountDownLatch(2);
    builder
        .close("first", chained::countDown)
        .close("beside", chained::await, s -> s.inParallel())
        .close("second", chained::countDown);
    assertThat(run().clean()).isTrue();
  }

  // The interleaving that would close the pool under its client: the client still closes, on a
  // thread of its own, when everything else of its phase is over.
  @Test
  void beginsAPhaseOnlyWhenEveryStepOfTheOneBeforeHasEnded() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    builder
        .close("metrics", noted("metrics"), s -> s.inPhase(ClosePhase.FLUSH))
        .close(
            "slow",
            () -> {
              release.await();
              events.add("slow");
            },
            s -> s.inParallel())
        .close("quick", noted("quick"), s -> s.inParallel())
        .close("after-quick", noted("after-quick"), s -> s.after("quick"));
    GracefulShutdown shutdown = builder.build();
    CompletableFuture<DrainReport> done = shutdown.shutdown("test");
    await().until(() -> shutdown.progress().waitingFor().equals("closing slow"));
    assertThat(shutdown.progress().phase()).isEqualTo(Phase.CLOSE);
    assertThat(events).containsExactly("quick", "after-quick");
    release.countDown();

    assertThat(done.get(20, TimeUnit.SECONDS).clean()).isTrue();
    assertThat(events).containsExactly("quick", "after-quick", "slow", "metrics");
  }

  @Test
  void closesWhatDependsOnAStepThatHangsOrThrows() throws Exception {
    builder
        .close("after-hung", noted("after-hung"), s -> s.after("hung"))
        .close("hung", never::await, s -> s.inParallel().timeout(Duration.ofMillis(100)))
        .close("after-failed", noted("after-failed"), s -> s.after("failed"))
        .close(
            "failed",
            () -> {
              throw new Error("no");
            },
            s -> s.inParallel())
        .close("flushed", noted("flushed"), s -> s.inPhase(ClosePhase.FLUSH));

    DrainReport report = run();

    assertThat(events).containsExactlyInAnyOrder("after-hung", "after-failed", "flushed");
    assertThat(events.get(2)).isEqualTo("flushed");
    assertThat(report.steps())
        .filteredOn(step -> !step.succeeded())
        .extracting(DrainReport.StepResult::error)
        .containsExactlyInAnyOrder("has not returned within 0.1 s", "java.lang.Error: no");
    assertThat(report.duration()).isLessThan(Duration.ofSeconds(9));
  }

  @Test
  void survivesAFailureThatCannotBePrinted() throws Exception {
    builder
        .close("last", noted("last"))
        .close(
            "unprintable",
            () -> {
              throw new IllegalStateException() {
                private static final long serialVersionUID = 1;

                @Override
                public String getMessage() {
                  throw new NoClassDefFoundError("not even that");
                }
              };
            });
    DrainReport report = run();
    assertThat(events).containsExactly("last");
    assertThat(report.steps().get(0).error()).contains("not even that");
  }

  @Test
  void leavesTimeForTheLastOfManyThatHang() throws Exception {
    builder
        .deadline(Duration.ofSeconds(2))
        .settle(Duration.ofSeconds(2))
        .step(Duration.ofSeconds(2))
        .close("last", noted("last"), s -> s.inPhase(ClosePhase.FLUSH));
    for (int i = 0; i < 30; i++) {
      builder.close("hanging-" + i, never::await);
    }
    DrainReport report = run();

    assertThat(events).containsExactly("last");
    assertThat(report.steps()).hasSize(31);
    assertThat(report.steps().get(30).succeeded()).isTrue();
    assertThat(report.duration()).isBetween(Duration.ofMillis(1_900), Duration.ofSeconds(9));
  }

  @Test
  void givesAStepItsOwnTimeout() throws Exception {
    builder
        .close("quick", never::await, s -> s.timeout(Duration.ofMillis(50)))
        .close("usual", noted("usual"));
    assertThat(run().steps().get(1).error()).isEqualTo("has not returned within 0.1 s");
    assertThatThrownBy(() ->
            GracefulShutdown.builder(lifecycle)
                .close("slow", () -> {}, s -> s.timeout(Duration.ofSeconds(26)))
                .build())
        .hasMessage("timeout of \"slow\": PT26S (expected: <= deadline PT25S)");
  }

  // Two threads: the timeline, inside a step, and the application, which registers something it
  // has just opened. Whichever comes first, the newcomer is either closed or refused, never lost.
  @Test
  void refusesAStepThatIsRegisteredOnceItIsBuilt() throws Exception {
    CountDownLatch closing = new CountDownLatch(1);
    CountDownLatch registered = new CountDownLatch(1);
    builder.close(
        "pool",
        () -> {
          closing.countDown();
          registered.await();
          events.add("pool");
        });
    CompletableFuture<DrainReport> done = builder.build().shutdown("test");
    closing.await();
    assertThatThrownBy(() -> builder.close("late", noted("late")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "cannot add \"late\" to a shutdown that is built (state: DRAINING, expected: before"
                + " build())");
    assertThatThrownBy(() -> builder.server("late", new RecordingServer()))
        .isInstanceOf(IllegalStateException.class);
    registered.countDown();

    assertThat(done.get(20, TimeUnit.SECONDS).clean()).isTrue();
    assertThat(events).containsExactly("pool");
  }

  @Test
  void refusesANameThatNobodyHas() {
    builder
        .server("http", new RecordingServer())
        .close("pool", () -> {})
        .close("client", () -> {}, s -> s.after("cache"));
    assertThatThrownBy(builder::build)
        .hasMessage("\"client\" is after \"cache\" (expected: one of [client, pool] or a server)");
  }

  @Test
  void refusesAStepAfterOneOfALaterPhase() {
    builder
        .close("metrics", () -> {}, s -> s.inPhase(ClosePhase.FLUSH))
        .close("client", () -> {}, s -> s.after("metrics"));
    assertThatThrownBy(builder::build)
        .hasMessage(
            "\"client\" is after \"metrics\", which is closed in FLUSH (expected: CLOSE or"
                + " earlier)");
  }

  @Test
  void refusesStepsThatWaitForEachOther() {
    builder
        .close("start", () -> {}, s -> s.after("a"))
        .close("a", () -> {}, s -> s.after("b"))
        .close("b", () -> {}, s -> s.after("c"))
        .close("c", () -> {}, s -> s.after("a"));
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("closing steps wait for each other: a -> b -> c -> a (expected: no circle)");
  }

  @Test
  void refusesAStepAfterItself() {
    builder.close("a", () -> {}, s -> s.after("a"));
    assertThatThrownBy(builder::build)
        .hasMessage("closing steps wait for each other: a -> a (expected: no circle)");
  }
}
