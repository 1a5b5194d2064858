package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.core.LongLived;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The announce phase and the goodbyes in a whole shutdown. */
@Timeout(60)
class AnnounceTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final RecordingServer server = new RecordingServer(events);

  private GracefulShutdown.Builder builder() {
    return GracefulShutdown.builder(lifecycle)
        .server(server)
        .deadline(Duration.ofSeconds(50))
        .announceTimeout(Duration.ofSeconds(40))
        .announceUnprobed(Duration.ofSeconds(40));
  }

  private void probe() {
    lifecycle.probers().answered("10.0.0.5", "HAProxy", "/ready", !lifecycle.isLeaving());
  }

  private static DrainReport report(CompletableFuture<DrainReport> done) throws Exception {
    return done.get(30, TimeUnit.SECONDS);
  }

  @Test
  void unbindsWhenTheProberHasReadThreeRefusalsAndSaysSo() throws Exception {
    lifecycle.ready();
    probe();
    GracefulShutdown shutdown = builder().quiet(Duration.ofMillis(100)).build();
    CompletableFuture<DrainReport> done = shutdown.shutdown("test");
    await().until(() -> events.contains("announce"));

    probe();
    probe();
    await().until(() -> shutdown.progress().waitingFor().contains("refused 2 of 3 times"));
    assertThat(events).containsExactly("announce");
    probe();

    DrainReport report = report(done);
    assertThat(report.announcedUntil())
        .isEqualTo(
            "every prober has been refused (10.0.0.5 HAProxy 3 of 3 times), no request for 0.1 s");
    assertThat(report.clean()).isTrue();
    assertThat(report.duration()).isLessThan(Duration.ofSeconds(20));
  }

  @Test
  void fallsBackToTheFixedTimeWhereNobodyAsks() throws Exception {
    DrainReport report =
        report(builder().announceUnprobed(Duration.ofMillis(200)).build().shutdown("test"));

    assertThat(report.announcedUntil()).isEqualTo("no prober was seen: 0.2 s");
    assertThat(report.duration()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
  }

  @Test
  void announceIsTheFixedTimeWhateverIsSeen() throws Exception {
    probe();
    DrainReport report =
        report(builder().announce(Duration.ofMillis(200)).build().shutdown("test"));

    assertThat(report.announcedUntil())
        .isEqualTo("announceTimeout: 10.0.0.5 HAProxy has been refused 0 of 3 times");
    assertThat(report.duration()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
  }

  @Test
  void aSecondSignalEndsItAtOnce() throws Exception {
    probe();
    GracefulShutdown shutdown = builder().build();
    CompletableFuture<DrainReport> done = shutdown.shutdown("test");
    await().until(() -> events.contains("announce"));
    shutdown.hurry();

    assertThat(report(done).announcedUntil()).isEqualTo("told again to stop");
  }

  @Test
  void waitsForNobodyAtATerminalAndNobodyWithoutAServer() {
    GracefulShutdown atTerminal = builder().build();
    assertThat(atTerminal.run("SIGINT", true).announcedUntil())
        .isEqualTo("at a terminal nobody is waited for");
    GracefulShutdown withoutServer = GracefulShutdown.builder(lifecycle).build();
    assertThat(withoutServer.run("test", false).announcedUntil())
        .isEqualTo("no server to announce for");
  }

  @Test
  void leavesTimeForTheRestWhenServersHangInTheirAnnouncement() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    RecordingServer hanging =
        new RecordingServer() {
          @Override
          public void announce() {
            try {
              never.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
    DrainReport report =
        report(
            GracefulShutdown.builder(lifecycle)
                .announce(Duration.ofMillis(1_900))
                .deadline(Duration.ofSeconds(2))
                .unbind(Duration.ofSeconds(1))
                .settle(Duration.ofSeconds(1))
                .step(Duration.ofSeconds(1))
                .server("hanging", hanging)
                .server(server)
                .close("database", () -> events.add("database"))
                .build()
                .shutdown("test"));

    assertThat(report.announcedUntil()).isEqualTo("the deadline is near");
    assertThat(events).containsExactly("announce", "unbind", "close", "database");
  }

  @Test
  void anInterruptOfTheShutdownEndsNothing() throws Exception {
    Thread[] thread = new Thread[1];
    GracefulShutdown shutdown =
        builder().announce(Duration.ofMillis(300)).close("database", () -> {}).build();
    CompletableFuture<DrainReport> done = new CompletableFuture<>();
    thread[0] = new Thread(() -> done.complete(shutdown.run("test", false)));
    thread[0].start();
    await().until(() -> !shutdown.progress().waitingFor().isEmpty());
    thread[0].interrupt();

    assertThat(report(done).clean()).isTrue();
    assertThat(report(done).announcedUntil()).isEqualTo("no prober was seen: 0.3 s");
  }

  @Test
  void saysGoodbyeToWhatIsLongLivedOnceTheListenerIsClosed() throws Exception {
    lifecycle.ready();
    long ticket = lifecycle.inFlight().begin("GET", "/events");
    lifecycle
        .longLived()
        .open(() -> {
          events.add("goodbye");
          lifecycle.inFlight().end(ticket);
        });

    DrainReport report = report(builder().announce(Duration.ZERO).build().shutdown("test"));

    assertThat(events).containsExactly("announce", "unbind", "goodbye", "close");
    assertThat(report.served()).isEqualTo(1);
    assertThat(report.clean()).isTrue();
  }

  @Test
  void spreadsGoodbyesOverTheirTime() throws Exception {
    List<Long> said = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 20; i++) {
      lifecycle.longLived().open(() -> said.add(System.nanoTime()));
    }
    report(
        builder().announce(Duration.ZERO).goodbyes(Duration.ofSeconds(1)).build().shutdown("test"));

    assertThat(said).hasSize(20);
    List<Long> sorted = said.stream().sorted().toList();
    // The last is due after 950 ms and never earlier, however busy the machine is.
    assertThat(sorted.get(19) - sorted.get(0)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(500));
  }

  @Test
  void saysGoodbyesAllAtOnceIfTheirTimeIsZero() throws Exception {
    // Eight that wait for each other: they pass only if they are said side by side.
    CountDownLatch together = new CountDownLatch(8);
    for (int i = 0; i < 8; i++) {
      lifecycle
          .longLived()
          .open(() -> {
            together.countDown();
            try {
              together.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
    }
    DrainReport report =
        report(builder().announce(Duration.ZERO).goodbyes(Duration.ZERO).build().shutdown("test"));

    assertThat(together.getCount()).isZero();
    assertThat(report.clean()).isTrue();
  }

  @Test
  void saysTheOtherGoodbyesWhenSomeBlockAndSomeThrow() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicInteger said = new AtomicInteger();
    for (int i = 0; i < 40; i++) {
      int nth = i;
      lifecycle
          .longLived()
          .open(() -> {
            if (nth % 10 == 0) {
              try {
                never.await();
              } catch (InterruptedException e) {
                events.add("interrupted");
              }
            } else if (nth % 10 == 1) {
              throw new NoClassDefFoundError("peer is gone");
            }
            said.incrementAndGet();
          });
    }
    DrainReport report =
        report(
            builder()
                .announce(Duration.ZERO)
                .goodbyes(Duration.ofMillis(100))
                .settle(Duration.ofSeconds(1))
                .close("database", () -> events.add("database"))
                .build()
                .shutdown("test"));

    assertThat(said.get()).isGreaterThanOrEqualTo(32);
    assertThat(report.cut()).containsExactly("goodbyes not said to the end: 4");
    assertThat(report.clean()).isFalse();
    assertThat(events).contains("database");
    await().untilAsserted(() -> assertThat(said).hasValue(36));
    assertThat(events).filteredOn("interrupted"::equals).hasSize(4);
  }

  @Test
  void leavesAGoodbyeUnsaidWhoseStreamHasEnded() throws Exception {
    LongLived.Registration registration =
        lifecycle.longLived().open(() -> events.add("goodbye to nobody"));
    lifecycle.longLived().open(registration::close);
    report(
        builder()
            .announce(Duration.ZERO)
            .goodbyes(Duration.ofMillis(200))
            .build()
            .shutdown("test"));
    // Opened first, so said first: whichever wins, it is said at most once and nothing is stuck.
    assertThat(events.stream().filter("goodbye to nobody"::equals).count()).isLessThanOrEqualTo(1);
    assertThat(lifecycle.longLived().count()).isEqualTo(1);
  }

  @Test
  void refusesAfterUnbindOnlyIfToldTo() throws Exception {
    long ticket = lifecycle.inFlight().begin("GET", "/slow");
    CompletableFuture<DrainReport> done =
        builder().announce(Duration.ZERO).refuseAfterUnbind().build().shutdown("test");
    await().until(lifecycle.inFlight()::isClosed);
    assertThat(events).containsExactly("announce", "unbind");
    assertThat(lifecycle.inFlight().begin("GET", "/late")).isZero();
    lifecycle.inFlight().end(ticket);

    DrainReport report = report(done);
    assertThat(report.served()).isEqualTo(1);
    assertThat(report.refused()).isEqualTo(1);
    assertThat(report.clean()).isFalse();
  }
}
