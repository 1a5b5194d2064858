package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.InFlight;
import dev.zdd.core.Lifecycle;
import dev.zdd.testing.CapturedLog;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What a person reads while a process drains. */
@Timeout(60)
@Isolated
class DrainLogTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final CountDownLatch never = new CountDownLatch(1);
  private final CapturedLog log = new CapturedLog();

  @AfterEach
  void letTheLogGo() {
    log.close();
  }

  private GracefulShutdown.Builder builder() {
    return GracefulShutdown.builder(lifecycle)
        .deadline(Duration.ofSeconds(50))
        .settle(Duration.ofSeconds(40))
        .announce(Duration.ZERO);
  }

  private static DrainReport report(CompletableFuture<DrainReport> done) throws Exception {
    return done.get(40, TimeUnit.SECONDS);
  }

  @Test
  void tellsTheWholeStoryOfACleanDrain() throws Exception {
    report(builder().server(new RecordingServer()).close("pool", () -> {}).build().shutdown("T"));
    assertThat(log.text())
        .containsSubsequence(
            "shutdown +0.",
            "T: draining. Readiness says no; everything is still served (in flight: 0); deadline"
                + " 50.0 s",
            "announced: no prober was seen: 0.0 s",
            "listener closed; in flight: 0, open connections: 0",
            "nothing in flight, no connection open",
            "closed server in 0.",
            "closed pool in 0.",
            "clean. Since T: served 0");
    assertThat(log.text()).doesNotContain("ERROR", "WARN");
  }

  @Test
  void saysOnceASecondWhatTheAnnouncementWaitsFor() throws Exception {
    lifecycle.probers().answered("10.0.0.5", "HAProxy", "/ready", true);
    GracefulShutdown shutdown =
        builder()
            .announceTimeout(Duration.ofSeconds(40))
            .announceUnprobed(Duration.ofSeconds(40))
            .server(new RecordingServer())
            .build();
    CompletableFuture<DrainReport> done = shutdown.shutdown("T");
    String line =
        "announcing; waiting for: 10.0.0.5 HAProxy has been refused 0 of 3 times; served since the"
            + " signal: 0, in flight: 0, open connections: 0";
    await().atMost(Duration.ofSeconds(20)).until(() -> log.linesWith(line).size() >= 2);
    shutdown.hurry();
    Duration announced = report(done).phases().get(Phase.ANNOUNCE);
    assertThat((long) log.linesWith(line).size()).isLessThanOrEqualTo(announced.toSeconds() + 1);
  }

  @Test
  void saysOnceASecondWhatIsLeftWhileItSettles() throws Exception {
    RecordingServer server = new RecordingServer();
    server.open = 2;
    long ticket = lifecycle.inFlight().begin("GET", "/slow");
    lifecycle
        .longLived()
        .open(() -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    GracefulShutdown shutdown = builder().refuseAfterUnbind().server(server).build();
    CompletableFuture<DrainReport> done = shutdown.shutdown("T");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> log.text().contains("settling; waiting for what is in flight: 1"));
    assertThat(log.text())
        .contains("listener closed, new requests are refused; in flight: 1, open connections: 2")
        .containsPattern(
            "in flight: 1 \\(the oldest GET /slow \\(\\d+\\.\\d s\\)\\), open connections: 2,"
                + " goodbyes: 1");
    assertThat(shutdown.progress().waitingFor()).startsWith("in flight: 1 (the oldest GET /slow");
    lifecycle.inFlight().end(ticket);
    server.open = 0;
    never.countDown();
    DrainReport report = report(done);
    assertThat(report.clean()).isTrue();
    assertThat((long) log.linesWith("settling;").size())
        .isLessThanOrEqualTo(report.phases().get(Phase.SETTLE).toSeconds() + 1);
  }

  @Test
  void showsTheStackOfWhatItCutsAndOfWhatHangs() throws Exception {
    RecordingServer server = new RecordingServer();
    server.open = 3;
    Thread stuck = new Thread(this::stuckRequest, "request-1");
    stuck.setDaemon(true);
    stuck.start();
    await().until(() -> lifecycle.inFlight().count() == 1);
    lifecycle.inFlight().detach(lifecycle.inFlight().begin("GET", "/async"));
    lifecycle.longLived().open(this::hang);

    report(
        builder()
            .settle(Duration.ofMillis(300))
            .server(server)
            .close("hanging", this::hang, s -> s.timeout(Duration.ofMillis(100)))
            .close(
                "failing",
                () -> {
                  throw new IllegalStateException("no such pool");
                })
            .build()
            .shutdown("T"));

    assertThat(log.text())
        .containsPattern("out of time, cutting GET /stuck \\(\\d+\\.\\d s\\), thread request-1\n")
        .contains("dev.zdd.shutdown.DrainLogTest.stuckRequest(DrainLogTest.java:")
        .containsPattern("cutting GET /async \\(\\d+\\.\\d s\\), asynchronous: no thread is on it")
        .contains("a goodbye has not returned; going on without it. It stands at\n    at ")
        .contains("out of time, cutting open connections: 3")
        .contains("failing failed; going on")
        .contains("no such pool")
        .contains(
            "hanging has not returned within 0.1 s; going on without it. It stands at\n    at")
        .contains("closed server in")
        .doesNotContain("closed hanging", "closed failing", "nothing in flight");
  }

  private void stuckRequest() {
    lifecycle.inFlight().begin("GET", "/stuck");
    hang();
  }

  private void hang() {
    try {
      never.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void complainsOnceOfAServerThatCannotCountItsConnections() throws Exception {
    RecordingServer broken =
        new RecordingServer() {
          @Override
          public int open() {
            throw new IllegalStateException("open");
          }
        };
    report(builder().server(broken).build().shutdown("T"));
    assertThat(log.linesWith("cannot be counted")).hasSize(1);
  }

  @Test
  void logsOnlyTheFirstOfManyGoodbyesThatFail() throws Exception {
    for (int i = 0; i < 20; i++) {
      lifecycle
          .longLived()
          .open(() -> {
            throw new IllegalStateException("gone");
          });
    }
    assertThat(report(builder().goodbyes(Duration.ZERO).build().shutdown("T")).clean()).isTrue();
    assertThat(log.linesWith("a goodbye failed")).hasSize(1);
  }

  @Test
  void describesWorkInOneLineOfBoundedLength() {
    InFlight inFlight = lifecycle.inFlight();
    assertThat(InFlightLines.oldest(inFlight.work())).isNull();
    long shorter = inFlight.begin("GET", "/" + "x".repeat(199));
    assertThat(InFlightLines.oldest(inFlight.work())).startsWith("GET /" + "x".repeat(199) + " (");

    inFlight.end(shorter);
    inFlight.begin("GET", "/" + "y".repeat(200));
    assertThat(InFlightLines.oldest(inFlight.work())).startsWith("GET /" + "y".repeat(199) + "… (");
  }
}
