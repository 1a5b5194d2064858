package dev.zdd.flags;

import org.jspecify.annotations.Nullable;

/**
 * A flag's answer in one place of the program, to be told how it went there. Counts for the step of
 * the rollout in which it was decided, however long that takes, and for none if it was not the
 * flag's percentage that decided. Shared by all who are counted alike; immutable; thread-safe.
 *
 * <p>Tell it once: {@link #succeeded} or {@link #failed}. What never ends is not counted, so give
 * it a timeout. Neither allocates, blocks or throws.
 */
public final class Exposure {
  static final Exposure UNCOUNTED_ON = new Exposure(true, null);
  static final Exposure UNCOUNTED_OFF = new Exposure(false, null);

  private final boolean enabled;
  private final @Nullable ExposureTally tally;

  Exposure(boolean enabled, @Nullable ExposureTally tally) {
    this.enabled = enabled;
    this.tally = tally;
  }

  /** Whether the flag is on. */
  public boolean isEnabled() {
    return enabled;
  }

  /** That went well and took so many nanoseconds. */
  public void succeeded(long nanos) {
    if (tally != null) {
      tally.succeeded(nanos);
    }
  }

  /** That failed, after so many nanoseconds. */
  public void failed(long nanos) {
    if (tally != null) {
      tally.failed(nanos);
    }
  }
}
