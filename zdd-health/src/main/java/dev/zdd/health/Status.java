package dev.zdd.health;

import java.util.Locale;

/** What is known of a check or a probe, from best to worst. */
public enum Status {
  /** Usable. */
  UP,
  /** Usable, and not as it should be. Reported, and still 200. */
  DEGRADED,
  /** No result yet, or none that is recent enough to be believed. Counts as down. */
  UNKNOWN,
  /** Not usable. */
  DOWN;

  /** Whether a probe is answered with 200: {@link #UP} or {@link #DEGRADED}. */
  public boolean isOk() {
    return this == UP || this == DEGRADED;
  }

  Status worse(Status other) {
    return compareTo(other) >= 0 ? this : other;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
