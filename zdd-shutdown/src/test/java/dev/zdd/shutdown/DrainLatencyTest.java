package dev.zdd.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How long it takes beyond what has to be waited for, in a real process. The figures are printed;
 * what is asserted is only that nothing waits for a poll or a timeout that it need not wait for.
 */
@Timeout(120)
class DrainLatencyTest {
  @Test
  void readinessSaysNoAtOnceAndTheProcessEndsWithItsLastRequest() throws Exception {
    try (ChildProcess child = ChildProcess.start("timed")) {
      await().atMost(Duration.ofSeconds(40)).until(() -> child.said("ready"));
      int code = child.exitCode();
      Instant exited = child.exitedAt();

      assertThat(code).isZero();
      Duration unready = Duration.ofNanos(child.number("unready after ns: "));
      Instant done = Instant.ofEpochSecond(0, child.number("last request done at ns: "));
      Duration exit = Duration.between(done, exited);
      System.out.printf(
          "SIGTERM -> not ready: %.2f ms; last request done -> exit: %.1f ms%n",
          unready.toNanos() / 1e6, exit.toNanos() / 1e6);
      assertThat(unready).isLessThan(Duration.ofSeconds(2));
      assertThat(exit).isLessThan(Duration.ofSeconds(5));
    }
  }
}
