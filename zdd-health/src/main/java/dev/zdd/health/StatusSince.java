package dev.zdd.health;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Since when a probe or a group has been what it is. It is told what it is whenever something may
 * have changed that, by any thread; what only time changes is noted with the next result.
 */
final class StatusSince {
  private record Noted(Status status, Instant at) {}

  private final AtomicReference<Noted> noted;

  StatusSince(Status status, Instant at) {
    this.noted = new AtomicReference<>(new Noted(status, at));
  }

  /** Notes that it is {@code status} at {@code now}. */
  Instant note(Status status, Instant now) {
    return noted.updateAndGet(old -> old.status() == status ? old : new Noted(status, now)).at();
  }
}
