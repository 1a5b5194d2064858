package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Decides whether something that this process needs is usable.
 *
 * <p>Called on a thread of its own (a virtual one from Java 21 on, else a daemon that has run other
 * checks and may have their thread-locals), never on a request thread, and never concurrently with
 * itself. It may block up to the timeout that it was registered with (default {@value
 * CheckOptions#DEFAULT_TIMEOUT_SECONDS} s); a later result is discarded, the run counts as failed
 * at the timeout, and its thread is interrupted once ({@link CheckOptions#uninterrupted()} leaves
 * that out). It is not started again while it still runs. Whatever it throws, an {@code Error}
 * included, is a failed run: its message is logged, and withheld from the endpoint, which may be
 * public.
 *
 * <p>A client that answers with a future is checked by {@link #async}. A check that passes its
 * timeout on to a driver overrides {@link #check(Duration)}.
 */
@FunctionalInterface
public interface HealthCheck {
  /**
   * Runs the check once.
   *
   * @return what it found; null counts as failed
   * @throws Exception if the check could not be made: counts as failed
   */
  HealthResult check() throws Exception;

  /**
   * Runs the check once, with its timeout known: for a check that passes it on to a driver. This is
   * the method that zdd calls; unless overridden it calls {@link #check()}.
   *
   * @param timeout what the check was registered with; at this age the run counts as failed
   */
  default HealthResult check(Duration timeout) throws Exception {
    return check();
  }

  /**
   * A check that answers later: {@code HealthCheck.async(() -> client.ping().thenApply(pong ->
   * HealthResult.up()))}. The check's thread waits for the answer, so that there is never a second
   * request in flight; at the timeout the future is cancelled, not only given up ({@link
   * CheckOptions#uninterrupted()} leaves that out).
   *
   * @param start sends the request; called once in each run, and must not block
   */
  static HealthCheck async(Supplier<? extends CompletionStage<HealthResult>> start) {
    return new AsyncCheck(requireNonNull(start, "start"));
  }
}
