package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * What one run of a check found.
 *
 * @param status UP, DEGRADED or DOWN; UNKNOWN is zdd's own word for "no recent result"
 * @param reason why it is not up, in words for whoever is woken by it; shown by the endpoint only
 *     where the application allows reasons, so it must not hold credentials. Null when up
 */
public record HealthResult(Status status, @Nullable String reason) {
  private static final HealthResult UP = new HealthResult(Status.UP, null);

  /** Refuses UNKNOWN: a check that does not know has failed, and says so by throwing. */
  public HealthResult {
    if (requireNonNull(status, "status") == Status.UNKNOWN) {
      throw new IllegalArgumentException("status: UNKNOWN (expected: UP, DEGRADED or DOWN)");
    }
  }

  /** Usable. */
  public static HealthResult up() {
    return UP;
  }

  /** Usable, and worth a look. */
  public static HealthResult degraded(String reason) {
    return new HealthResult(Status.DEGRADED, requireNonNull(reason, "reason"));
  }

  /** Not usable. */
  public static HealthResult down(String reason) {
    return new HealthResult(Status.DOWN, requireNonNull(reason, "reason"));
  }

  /** {@link #up()} if {@code condition} holds, else {@link #down} for the reason given. */
  public static HealthResult upIf(boolean condition, String otherwise) {
    return condition ? UP : down(otherwise);
  }
}
