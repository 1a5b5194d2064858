package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class GracefulShutdownTest {
  private static final int REQUESTS_THAT_COME_LATE = 3;

  private final Lifecycle lifecycle = new Lifecycle();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final RecordingServer server = new RecordingServer(events);

  private GracefulShutdown.Builder quick() {
    return GracefulShutdown.builder(lifecycle)
        .announce(Duration.ofMillis(20))
        .deadline(Duration.ofSeconds(10))
        .settle(Duration.ofSeconds(10));
  }

  private static DrainReport run(GracefulShutdown shutdown) throws Exception {
    return shutdown.shutdown("test").get(20, TimeUnit.SECONDS);
  }

  @Test
  void goesThroughThePhasesInOrderAndClosesInReverseOrderOfRegistration() throws Exception {
    lifecycle.onTransition(t -> events.add(t.to().name()));

    DrainReport report =
        run(
            quick()
                .server(server)
                .close("database", () -> events.add("database"))
                .close("cache", () -> events.add("cache"))
                .build());

    assertThat(events)
        .containsExactly("DRAINING", "announce", "unbind", "close", "cache", "database", "STOPPED");
    assertThat(report.clean()).isTrue();
    assertThat(report.phases().keySet()).containsExactly(Phase.values());
    assertThat(report.steps())
        .extracting(DrainReport.StepResult::name)
        .containsExactly("server", "cache", "database");
  }

  @Test
  void waitsForRequestsAdmittedBeforeTheGateClosed() throws Exception {
    lifecycle.ready();
    InFlight inFlight = lifecycle.inFlight();
    long ticket = inFlight.begin("GET", "/slow");
    GracefulShutdown shutdown =
        quick().server(server).close("database", () -> events.add("database")).build();

    CompletableFuture<DrainReport> done = shutdown.shutdown("test");
    await().until(() -> events.contains("unbind"));
    // The listener is closed and the request still runs: another may come on an open connection.
    long late = inFlight.begin("GET", "/late");
    assertThat(late).isNotEqualTo(InFlight.REFUSED);
    inFlight.end(ticket);
    assertThat(events).doesNotContain("close", "database");
    assertThat(inFlight.isClosed()).isFalse();
    inFlight.end(late);

    DrainReport report = done.get(10, TimeUnit.SECONDS);
    assertThat(report.served()).isEqualTo(2);
    assertThat(report.clean()).isTrue();
    assertThat(inFlight.begin("GET", "/after")).isEqualTo(InFlight.REFUSED);
  }

  @Test
  void waitsForOpenConnections() throws Exception {
    server.open = 1;
    CompletableFuture<DrainReport> done = quick().server(server).build().shutdown("test");
    await().until(() -> events.contains("unbind"));
    assertThat(lifecycle.inFlight().isClosed()).isFalse();
    assertThat(events).doesNotContain("close");

    server.open = 0;

    assertThat(done.get(10, TimeUnit.SECONDS).clean()).isTrue();
  }

  @Test
  void servesNormallyWhileItAnnounces() throws Exception {
    CompletableFuture<DrainReport> done =
        quick().announce(Duration.ofSeconds(8)).server(server).build().shutdown("test");
    await().until(() -> events.contains("announce"));

    assertThat(lifecycle.state()).isEqualTo(Lifecycle.State.DRAINING);
    long ticket = lifecycle.inFlight().begin("POST", "/order");
    assertThat(ticket).isNotEqualTo(InFlight.REFUSED);
    assertThat(events).doesNotContain("unbind");
    assertThat(done).isNotDone();
    lifecycle.inFlight().end(ticket);
  }

  @Test
  void goesOnAfterAStepThatThrowsAndOneThatHangs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    DrainReport report =
        run(
            quick()
                .step(Duration.ofMillis(100))
                .server(server)
                .close("first", () -> events.add("first"))
                .close(
                    "throwing",
                    () -> {
                      throw new NoClassDefFoundError("gone");
                    })
                .close("hanging", never::await)
                .build());

    assertThat(events).contains("first");
    assertThat(report.clean()).isFalse();
    assertThat(report.steps())
        .filteredOn(step -> !step.succeeded())
        .extracting(DrainReport.StepResult::name)
        .containsExactly("hanging", "throwing");
    assertThat(report.steps().get(1).error()).contains("has not returned within 0.1 s");
    assertThat(report.steps().get(2).error()).contains("gone");
  }

  @Test
  void survivesAServerThatThrowsInEveryPhase() throws Exception {
    RecordingServer broken =
        new RecordingServer() {
          @Override
          public void announce() {
            throw new IllegalStateException("announce");
          }

          @Override
          public void unbind() {
            throw new IllegalStateException("unbind");
          }

          @Override
          public int open() {
            throw new IllegalStateException("open");
          }

          @Override
          public int closeIdle(Duration idle) {
            throw new IllegalStateException("closeIdle");
          }

          @Override
          public void close() {
            throw new IllegalStateException("close");
          }
        };

    long ticket = lifecycle.inFlight().begin("GET", "/slow");

    CompletableFuture<DrainReport> done =
        quick()
            .server("broken", broken)
            .server(server)
            .close("database", () -> events.add("database"))
            .build()
            .shutdown("test");
    await().until(() -> events.contains("unbind"));
    assertThat(lifecycle.inFlight().isClosed()).isFalse();
    lifecycle.inFlight().end(ticket);
    DrainReport report = done.get(10, TimeUnit.SECONDS);

    assertThat(report.cut()).isEmpty();
    assertThat(events).containsExactly("announce", "unbind", "close", "database");
    assertThat(report.clean()).isFalse();
    assertThat(lifecycle.state()).isEqualTo(Lifecycle.State.STOPPED);
  }

  @Test
  void isNotHeldUpByALifecycleListenerThatHangs() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    lifecycle.onTransition(t -> {
      try {
        never.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    });

    DrainReport report = run(quick().server(server).build());

    assertThat(events).containsExactly("announce", "unbind", "close");
    assertThat(report.duration()).isLessThan(Duration.ofSeconds(9));
  }

  @Test
  void cutsWhatIsStuckAtTheDeadlineAndClosesTheRestInTime() throws Exception {
    lifecycle.inFlight().begin("GET", "/stuck\r\nforged log line");
    CountDownLatch never = new CountDownLatch(1);
    GracefulShutdown.Builder builder =
        quick()
            .deadline(Duration.ofSeconds(2))
            .settle(Duration.ofSeconds(2))
            .step(Duration.ofSeconds(2))
            .server(server)
            .close("last", () -> events.add("last"));
    for (int i = 0; i < 5; i++) {
      builder.close("hanging-" + i, never::await);
    }

    DrainReport report = run(builder.build());

    assertThat(report.cut()).hasSize(1);
    assertThat(report.cut().get(0)).startsWith("GET /stuck??forged log line (");
    assertThat(report.clean()).isFalse();
    assertThat(events).contains("close", "last");
    assertThat(report.duration()).isBetween(Duration.ofMillis(1700), Duration.ofSeconds(9));
    assertThat(lifecycle.inFlight().isClosed()).isTrue();
  }

  @Test
  void countsConnectionsThatAreCut() throws Exception {
    server.open = 3;
    DrainReport report = run(quick().settle(Duration.ofMillis(100)).server(server).build());
    assertThat(report.connectionsCut()).isEqualTo(3);
    assertThat(report.clean()).isFalse();
  }

  @Test
  void runsOnceHoweverOftenItIsAsked() throws Exception {
    AtomicInteger closed = new AtomicInteger();
    GracefulShutdown shutdown =
        quick().server(server).close("once", closed::incrementAndGet).build();

    List<CompletableFuture<DrainReport>> all =
        List.of(shutdown.shutdown("a"), shutdown.shutdown("b"), shutdown.shutdown("c"));
    for (CompletableFuture<DrainReport> one : all) {
      assertThat(one.get(10, TimeUnit.SECONDS).reason()).isEqualTo("a");
    }

    assertThat(closed).hasValue(1);
    assertThat(events).containsExactly("announce", "unbind", "close");
  }

  // The interleaving that loses a request: nothing is in flight, no connection is open, and before
  // the gate is closed a request comes in. It must be let in and waited for, or be refused.
  @Test
  void doesNotCloseTheGateOnARequestThatComesBetweenTheLookAndTheClosing() throws Exception {
    // Several, one after the other: the first look is not the one before the gate.
    BlockingQueue<Long> tickets = new LinkedBlockingQueue<>();
    RecordingServer late =
        new RecordingServer(events) {
          private int begun;

          @Override
          public int open() {
            if (events.contains("unbind")
                && lifecycle.inFlight().count() == 0
                && begun < REQUESTS_THAT_COME_LATE) {
              begun++;
              tickets.add(lifecycle.inFlight().begin("GET", "/late"));
            }
            return 0;
          }
        };
    CompletableFuture<DrainReport> done =
        quick().server(late).close("database", () -> events.add("database")).build().shutdown("t");
    for (int i = 0; i < REQUESTS_THAT_COME_LATE; i++) {
      long ticket = tickets.take();
      assertThat(ticket).isNotEqualTo(InFlight.REFUSED);
      await()
          .during(Duration.ofMillis(100))
          .until(() -> !done.isDone() && !events.contains("close"));
      lifecycle.inFlight().end(ticket);
    }

    assertThat(done.get(10, TimeUnit.SECONDS).clean()).isTrue();
    assertThat(done.get().refused()).isZero();
    assertThat(events).containsExactly("announce", "unbind", "close", "database");
  }

  @Test
  void runsOtherPeoplesCodeOnDaemonThreadsAndInterruptsWhatHangs() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    lifecycle.longLived().open(() -> events.add("goodbye " + Thread.currentThread().isDaemon()));
    run(
        quick()
            .close("chained", () -> events.add("chained " + Thread.currentThread().isDaemon()))
            .close(
                "hanging",
                () -> {
                  try {
                    new CountDownLatch(1).await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                },
                s -> s.inParallel().timeout(Duration.ofMillis(50)))
            .build());
    assertThat(events).containsExactly("goodbye true", "chained true");
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void givesTheLastStepAllThatIsLeftAndTheOneBeforeItHalf() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    DrainReport report =
        run(
            quick()
                .deadline(Duration.ofSeconds(4))
                .settle(Duration.ofSeconds(4))
                .step(Duration.ofSeconds(4))
                .close("last", never::await)
                .close("first", never::await)
                .build());
    assertThat(report.steps().get(0).duration())
        .isBetween(Duration.ofMillis(1_000), Duration.ofMillis(2_900));
    assertThat(report.duration()).isGreaterThanOrEqualTo(Duration.ofMillis(3_900));
  }

  @Test
  void doesNotBlameTheDrainForWhatWasRefusedBefore() throws Exception {
    lifecycle.inFlight().close();
    lifecycle.inFlight().begin("GET", "/");
    DrainReport report = run(quick().server(server).build());
    assertThat(report.refused()).isZero();
    assertThat(report.clean()).isTrue();
  }

  @Test
  void isInstalledOnceInAProcessAndCanBeTakenBack() {
    try (GracefulShutdown first = quick().install()) {
      assertThat(first.progress().phase()).isNull();
      assertThatThrownBy(() -> GracefulShutdown.builder(new Lifecycle()).install())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("already installed");
    }
    GracefulShutdown second =
        GracefulShutdown.builder(new Lifecycle()).onHangup(() -> {}).install();
    second.close();
    second.close();
    GracefulShutdown.builder(new Lifecycle()).build().close(); // was never installed
  }

  @Test
  void drainsAProcessThatIsStillStarting() throws Exception {
    assertThat(run(quick().server(server).build()).clean()).isTrue();
    assertThat(lifecycle.ready()).isFalse();
  }

  @Test
  void doesNotAnnounceToNobody() throws Exception {
    DrainReport report = run(quick().announce(Duration.ofSeconds(8)).build());
    assertThat(report.duration()).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void tellsTheReportToEveryListenerAlsoAfterOneThatThrows() throws Exception {
    List<DrainReport> told = new CopyOnWriteArrayList<>();
    DrainReport report =
        run(
            quick()
                .onReport(r -> {
                  throw new IllegalStateException("no");
                })
                .onReport(told::add)
                .build());
    assertThat(told).containsExactly(report);
  }

  @Test
  void refusesABadSettingByNameValueAndExpectation() {
    GracefulShutdown.Builder builder = GracefulShutdown.builder(lifecycle);
    assertThatThrownBy(() -> builder.announce(Duration.ofSeconds(40)).build())
        .hasMessage("announceTimeout: PT40S (expected: >= announceMin PT40S and < deadline PT25S)");
    builder.announce(Duration.ofSeconds(1));
    assertThatThrownBy(() -> builder.announceMin(Duration.ofMillis(-1)).build())
        .hasMessage("announceMin: PT-0.001S (expected: >= 0)");
    assertThatThrownBy(() -> builder.announceMin(Duration.ofSeconds(2)).build())
        .hasMessage("announceTimeout: PT1S (expected: >= announceMin PT2S and < deadline PT25S)");
    builder.announce(Duration.ofSeconds(1));
    assertThatThrownBy(() -> builder.announceUnprobed(Duration.ofSeconds(25)).build())
        .hasMessage("announceUnprobed: PT25S (expected: >= announceMin PT1S and < deadline PT25S)");
    builder.announce(Duration.ZERO);
    assertThatThrownBy(() -> builder.quiet(Duration.ofSeconds(-1)).build())
        .hasMessage("quiet: PT-1S (expected: >= 0)");
    assertThatThrownBy(() -> builder.quiet(Duration.ofSeconds(25)).build())
        .hasMessage("quiet: PT25S (expected: >= 0 and < deadline PT25S)");
    builder.quiet(Duration.ZERO);
    assertThatThrownBy(() -> builder.refusalsNeeded(0).build())
        .hasMessage("refusalsNeeded: 0 (expected: >= 1)");
    builder.refusalsNeeded(1);
    assertThatThrownBy(() -> builder.refusalsNeeded("kube-probe/", -1).build())
        .hasMessage("refusalsNeeded(\"kube-probe/\"): -1 (expected: >= 0)");
    builder.refusalsNeeded("kube-probe/", 1);
    assertThatThrownBy(() -> builder.goodbyes(Duration.ofSeconds(-1)).build())
        .hasMessage("goodbyes: PT-1S (expected: >= 0)");
    builder.goodbyes(Duration.ZERO);
    assertThatThrownBy(() -> builder.deadline(Duration.ZERO).build())
        .hasMessage("deadline: PT0S (expected: > 0)");
    builder.deadline(Duration.ofSeconds(30));
    assertThatThrownBy(() -> builder.settle(Duration.ofSeconds(31)).build())
        .hasMessage("settle: PT31S (expected: <= deadline PT30S)");
    builder.settle(Duration.ofSeconds(1));
    assertThatThrownBy(() -> builder.idle(Duration.ofSeconds(-1)).build())
        .hasMessage("idle: PT-1S (expected: > 0)");
    builder.idle(Duration.ofSeconds(1));
    assertThatThrownBy(() -> builder.exitCodeWhenCut(0).build())
        .hasMessage("exitCodeWhenCut: 0 (expected: 1 to 255)");
    builder.exitCodeWhenCut(255).exitCodeWhenClean(255);
    assertThatThrownBy(builder::build)
        .hasMessage(
            "exitCodeWhenCut: 255 (expected: not exitCodeWhenClean, from which nobody could tell"
                + " it)");
    builder.exitCodeWhenClean(0);
    assertThatThrownBy(() -> builder.unbind(Duration.ofSeconds(31)).build())
        .hasMessage("unbind: PT31S (expected: <= deadline PT30S)");
    builder.unbind(Duration.ofSeconds(30));
    assertThatThrownBy(() -> builder.step(Duration.ZERO).build())
        .hasMessage("step: PT0S (expected: > 0)");
    builder.step(Duration.ofSeconds(30));
    assertThatThrownBy(() -> builder.exitCodeWhenCut(256).build())
        .hasMessage("exitCodeWhenCut: 256 (expected: 1 to 255)");
    builder.exitCodeWhenCut(1);
    assertThatThrownBy(() -> builder.exitCodeWhenClean(256).build())
        .hasMessage("exitCodeWhenClean: 256 (expected: 0 to 255)");
    assertThatThrownBy(() -> builder.exitCodeWhenClean(-1).build())
        .hasMessage("exitCodeWhenClean: -1 (expected: 0 to 255)");
    assertThatThrownBy(() -> builder.exitCodeWhenClean(1).build())
        .hasMessage(
            "exitCodeWhenCut: 1 (expected: not exitCodeWhenClean, from which nobody could tell it)");
    builder.exitCodeWhenClean(0);
    assertThatThrownBy(() -> builder.close(" ", () -> {}))
        .hasMessage("name: \" \" (expected: not blank)");
    builder.close("database", () -> {});
    assertThatThrownBy(() -> builder.close("database", () -> {}))
        .hasMessage("\"database\" is already registered for shutdown");
  }
}
