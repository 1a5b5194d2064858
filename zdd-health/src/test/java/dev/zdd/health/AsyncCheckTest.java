package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AsyncCheckTest extends HealthFixture {
  private final Queue<CompletableFuture<HealthResult>> asked = new ConcurrentLinkedQueue<>();

  @Test
  void isWhatItsFutureSays() throws Exception {
    assertThat(
            HealthCheck.async(() -> CompletableFuture.completedFuture(HealthResult.up())).check())
        .isEqualTo(HealthResult.up());
    assertThatThrownBy(
            HealthCheck.async(() -> CompletableFuture.failedFuture(new IOException("gone")))::check)
        .isInstanceOf(IOException.class)
        .hasMessage("gone");
  }

  @Test
  @SuppressWarnings("NullAway")
  void refusesNoStage() {
    assertThatThrownBy(HealthCheck.async(() -> null)::check)
        .hasMessage("the check returned null (expected: a CompletionStage)");
  }

  /** An answer that never comes is cancelled, and only then is there a next request. */
  @Test
  void cancelsAtTheTimeoutAndNeverHasTwoUnderWay() {
    start(
        builder.readiness(
            "redis",
            HealthCheck.async(() -> {
              assertThat(asked).allMatch(CompletableFuture::isDone);
              CompletableFuture<HealthResult> never = new CompletableFuture<>();
              asked.add(never);
              return never;
            }),
            QUICK));
    lifecycle.ready();
    await().until(() -> asked.size() >= 3);
    assertThat(asked.remove().isCancelled()).isTrue();
    assertThat(asked.remove().isCancelled()).isTrue();
    assertThat(check(Probe.READINESS, "redis").status()).isEqualTo(Status.DOWN);
    await().until(() -> "no answer within 0.4 s".equals(check(Probe.READINESS, "redis").reason()));
  }

  @Test
  void aFutureThatAnswersBeforeTheTimeoutIsTaken() {
    start(
        builder.readiness(
            "redis",
            HealthCheck.async(() -> {
              CompletableFuture<HealthResult> later = new CompletableFuture<>();
              asked.add(later);
              return later;
            }),
            QUICK));
    lifecycle.ready();
    await().until(() -> !asked.isEmpty());
    asked.remove().complete(HealthResult.up());
    await().until(() -> status(Probe.READINESS) == Status.UP);
  }
}
