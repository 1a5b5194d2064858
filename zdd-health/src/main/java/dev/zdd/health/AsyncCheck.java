package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Waits for a check that answers later, and cancels it when nobody waits any more. */
record AsyncCheck(Supplier<? extends CompletionStage<HealthResult>> start) implements HealthCheck {
  @Override
  public HealthResult check() throws Exception {
    CompletionStage<HealthResult> stage =
        requireNonNull(start.get(), "the check returned null (expected: a CompletionStage)");
    CompletableFuture<HealthResult> answer = stage.toCompletableFuture();
    try {
      return answer.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      // An interrupt has ended the wait: the run is out of time. Of no effect after an answer. A
      // stage may have given a copy of itself, whose cancellation it would not notice.
      answer.cancel(true);
      if (stage instanceof Future<?> original) {
        original.cancel(true);
      }
    }
  }
}
