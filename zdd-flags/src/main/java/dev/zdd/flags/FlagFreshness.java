package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether flags are up to date: empty, or why they are not. For readiness, as a check that degrades
 * and never fails:
 *
 * <pre>{@code
 * FlagFreshness fresh = FlagFreshness.of(flags);
 * .readiness("flags", () -> fresh.get().map(HealthResult::degraded).orElse(HealthResult.up()),
 *     c -> c.optional())
 * }</pre>
 *
 * <p>Not for liveness: old flags serve on, and a restart would lose them and bring no newer ones.
 * Thread-safe; does no I/O.
 */
public final class FlagFreshness implements Supplier<Optional<String>> {
  /** The age from which flags are stale unless said otherwise. */
  public static final Duration DEFAULT_LIMIT = Duration.ofMinutes(1);

  private final Flags flags;
  private final Duration limit;

  private FlagFreshness(Flags flags, Duration limit) {
    this.flags = requireNonNull(flags, "flags");
    this.limit = limit;
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: more than 0)");
    }
  }

  /** Flags are stale when their {@linkplain FlagSource.Status#age age} is over a minute. */
  public static FlagFreshness of(Flags flags) {
    return of(flags, DEFAULT_LIMIT);
  }

  /**
   * Flags are stale when their age is over {@code limit}.
   *
   * @param limit more than 0; longer than the source's interval, or they always are
   */
  public static FlagFreshness of(Flags flags, Duration limit) {
    return new FlagFreshness(flags, limit);
  }

  /** Why the flags are not up to date: nothing has been read yet, or not for too long. */
  @Override
  public Optional<String> get() {
    FlagSource.Status status = flags.status();
    String problem = status.problem() == null ? "" : ": " + status.problem();
    if (flags.snapshot() == null) {
      return Optional.of("no flags have been read yet" + problem);
    }
    return status.age().compareTo(limit) > 0
        ? Optional.of("the flags are " + status.age().toSeconds() + " s old" + problem)
        : Optional.empty();
  }
}
