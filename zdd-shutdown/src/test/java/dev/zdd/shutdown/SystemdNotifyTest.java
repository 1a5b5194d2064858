package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What systemd is told, and when. {@link SystemdSocketTest} sends it over a real socket. */
@Timeout(30)
class SystemdNotifyTest {
  private static final String PID = Long.toString(ProcessHandle.current().pid());

  private final Lifecycle lifecycle = new Lifecycle();
  private final BlockingQueue<String> sent = new LinkedBlockingQueue<>();
  private SystemdNotify notify;

  @AfterEach
  void close() {
    if (notify != null) {
      notify.close();
    }
  }

  private void follow(Map<String, String> environment, BooleanSupplier live) {
    notify = SystemdNotify.follow(lifecycle, live, Duration.ofSeconds(30), environment, sent::add);
  }

  private String next() throws InterruptedException {
    return sent.poll(10, SECONDS);
  }

  @Test
  void tellsOfTheLifecycle() throws Exception {
    follow(Map.of(), () -> true);
    lifecycle.ready();
    assertThat(next()).isEqualTo("READY=1\nSTATUS=in service");
    lifecycle.drain("SIGTERM");
    assertThat(next())
        .isEqualTo("STOPPING=1\nEXTEND_TIMEOUT_USEC=30000000\nSTATUS=draining: SIGTERM");
    lifecycle.stop("drained");
    assertThat(next()).isEqualTo("STATUS=stopped");
    assertThat(sent).isEmpty();
  }

  @Test
  void tellsOfAReloadInTheClockOfSystemd() throws Exception {
    follow(Map.of(), () -> true);
    long before = System.nanoTime() / 1_000;
    notify.reloading();
    notify.reloaded();
    String reloading = next();
    assertThat(reloading).startsWith("RELOADING=1\nMONOTONIC_USEC=").endsWith("\nSTATUS=reloading");
    long stamp = Long.parseLong(reloading.replaceAll("(?s).*MONOTONIC_USEC=(\\d+).*", "$1"));
    assertThat(stamp).isBetween(before, System.nanoTime() / 1_000);
    assertThat(next()).isEqualTo("READY=1\nSTATUS=in service");
  }

  @Test
  void noTextBecomesAnotherAssignment() throws Exception {
    follow(Map.of(), () -> true);
    notify.status("cache is warm\nMAINPID=1");
    assertThat(next()).isEqualTo("STATUS=cache is warm MAINPID=1");
    lifecycle.drain("a\nREADY=1");
    assertThat(next()).endsWith("\nSTATUS=draining: a READY=1");
  }

  @Test
  void patsTheWatchdogTwiceInItsTimeWhileLiveAndThroughTheDrain() throws Exception {
    AtomicBoolean live = new AtomicBoolean(true);
    follow(Map.of("WATCHDOG_USEC", "200000", "WATCHDOG_PID", PID), live::get);
    long begun = System.nanoTime();
    for (int i = 0; i < 6; i++) {
      assertThat(next()).isEqualTo("WATCHDOG=1");
    }
    // At once, and then every 100 ms.
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(400));
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(5));
    lifecycle.drain("test");
    await().until(() -> "WATCHDOG=1".equals(sent.poll()));
    live.set(false);
    await().until(() -> sent.poll(400, MILLISECONDS) == null);
    assertThat(sent.poll(400, MILLISECONDS)).isNull();
    live.set(true);
    assertThat(next()).isEqualTo("WATCHDOG=1");
    notify.close();
    sent.clear();
    assertThat(sent.poll(400, MILLISECONDS)).isNull();
  }

  @Test
  void aQuestionThatThrowsCountsAsNotLiveAndIsAskedAgain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    follow(
        Map.of("WATCHDOG_USEC", "20000"),
        () -> {
          if (asked.incrementAndGet() < 4) {
            throw new NoClassDefFoundError("gone");
          }
          return true;
        });
    assertThat(next()).isEqualTo("WATCHDOG=1");
    assertThat(asked).hasValueGreaterThanOrEqualTo(4);
  }

  @Test
  void aQuestionThatHangsPatsNothingAndHoldsUpNoOtherNews() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    follow(
        Map.of("WATCHDOG_USEC", "20000"),
        () -> {
          asked.countDown();
          try {
            never.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return false;
        });
    asked.await();
    lifecycle.ready();
    assertThat(next()).startsWith("READY=1");
    assertThat(sent.poll(200, MILLISECONDS)).isNull();
  }

  @Test
  void hasNoWatchdogWithoutOneOrWithAnothers() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    BooleanSupplier live = () -> asked.incrementAndGet() > 0;
    for (Map<String, String> environment :
        java.util.List.of(
            Map.<String, String>of(),
            Map.of("WATCHDOG_USEC", "0"),
            Map.of("WATCHDOG_USEC", "-5"),
            Map.of("WATCHDOG_USEC", "soon"),
            Map.of("WATCHDOG_USEC", "20000", "WATCHDOG_PID", "1"))) {
      SystemdNotify.follow(new Lifecycle(), live, Duration.ofSeconds(1), environment, sent::add);
    }
    assertThat(sent.poll(300, MILLISECONDS)).isNull();
    assertThat(asked).hasValue(0);
  }

  @Test
  void doesNothingWithoutSystemd() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    notify =
        SystemdNotify.follow(
            lifecycle,
            () -> asked.incrementAndGet() > 0,
            Duration.ofSeconds(1),
            Map.of("WATCHDOG_USEC", "20000"),
            null);
    lifecycle.ready();
    notify.status("nobody hears");
    lifecycle.drain("test");
    MILLISECONDS.sleep(100);
    assertThat(asked).hasValue(0);
  }

  @Test
  void afterAMessageThatFailedTheNextIsSent() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    notify =
        SystemdNotify.follow(
            lifecycle,
            () -> true,
            Duration.ofSeconds(30),
            Map.of(),
            message -> {
              if (attempts.incrementAndGet() <= 2) {
                throw new IOException("no socket");
              }
              sent.add(message);
            });
    notify.status("one");
    notify.status("two");
    notify.status("three");
    assertThat(next()).isEqualTo("STATUS=three");
  }

  @Test
  void whatIsToBeSentIsSentBeforeItCloses() {
    follow(Map.of(), () -> true);
    for (int i = 0; i < 100; i++) {
      notify.status("" + i);
    }
    notify.close();
    assertThat(sent).hasSize(100);
    lifecycle.ready(); // and nothing is thrown at the lifecycle
    notify.status("late");
    assertThat(sent).hasSize(100);
  }

  @Test
  void aSenderThatHangsHoldsUpNobody() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    notify =
        SystemdNotify.follow(
            lifecycle,
            () -> true,
            Duration.ofSeconds(30),
            Map.of(),
            message -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                interrupted.set(true);
              }
            });
    lifecycle.ready();
    lifecycle.drain("test");
    notify.close();
    await().untilTrue(interrupted);
  }

  @Test
  void refusesATimeThatIsNone() {
    for (Duration stop : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      assertThatThrownBy(() -> SystemdNotify.follow(lifecycle, () -> true, stop))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("stop: " + stop + " (expected: > 0)");
    }
  }
}
