package dev.zdd.health;

import dev.zdd.core.Ticker;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where the checks of one probe are published: written by the timer thread, read by everybody else.
 * Reading is one volatile read and a loop; nothing blocks, and only {@link #checks(Set)} allocates.
 */
final class ProbeBoard {
  private static final long NOT_SEEN = Long.MIN_VALUE;

  private final Ticker ticker;
  private volatile List<CheckSnapshot> published = List.of();
  private volatile boolean frozen;

  // When a reader first met a result that is too old. A schedule that died looks, at that moment,
  // exactly like a VM that was paused and has just been resumed, whose checks are about to run. So
  // the first reader only leaves this mark, and the result is disbelieved if it is still there an
  // interval later. Publishing results that are all fresh takes the mark away. A reader that holds
  // the list of before may put it back once more; the next publication takes it away again.
  private volatile long staleSeenAt = NOT_SEEN;

  ProbeBoard(Ticker ticker) {
    this.ticker = ticker;
  }

  void publish(List<CheckSnapshot> checks) {
    published = checks;
    if (staleSeenAt != NOT_SEEN) {
      long now = ticker.read();
      if (checks.stream().noneMatch(check -> check.isStale(now))) {
        staleSeenAt = NOT_SEEN;
      }
    }
  }

  /** From here on nothing is published and nothing grows stale: the schedule was closed. */
  void freeze() {
    frozen = true;
  }

  /** The worst of what the checks that are not excluded contribute; UP if there is none. */
  Status worst(Set<String> excluded) {
    List<CheckSnapshot> checks = published;
    long now = ticker.read();
    Status worst = Status.UP;
    for (int i = 0; i < checks.size(); i++) {
      CheckSnapshot check = checks.get(i);
      if (!excluded.contains(check.name())) {
        worst = worst.worse(check.contribution(statusOf(check, now)));
      }
    }
    return worst;
  }

  /** Nanoseconds until the next run of a check that keeps the probe from being ok; 0 if none. */
  long nanosToNextRun(Set<String> excluded) {
    List<CheckSnapshot> checks = published;
    long now = ticker.read();
    long soonest = Long.MAX_VALUE;
    for (int i = 0; i < checks.size(); i++) {
      CheckSnapshot check = checks.get(i);
      if (!excluded.contains(check.name()) && !check.contribution(statusOf(check, now)).isOk()) {
        Long next = check.nextRunAt();
        soonest = Math.min(soonest, next == null ? 0 : next - now);
      }
    }
    return soonest == Long.MAX_VALUE ? 0 : Math.max(0, soonest);
  }

  /** One check, as UNKNOWN if its result is too old; null if there is none of that name. */
  @Nullable CheckSnapshot find(String name) {
    for (CheckSnapshot check : published) {
      if (check.name().equals(name)) {
        return believed(check, ticker.read());
      }
    }
    return null;
  }

  /** The checks that are not excluded, those with too old a result as UNKNOWN. */
  List<CheckSnapshot> checks(Set<String> excluded) {
    long now = ticker.read();
    return published.stream()
        .filter(check -> !excluded.contains(check.name()))
        .map(check -> believed(check, now))
        .toList();
  }

  private CheckSnapshot believed(CheckSnapshot check, long now) {
    return statusOf(check, now) == check.status() ? check : check.asUnknown();
  }

  private Status statusOf(CheckSnapshot check, long now) {
    if (frozen || !check.isStale(now)) {
      return check.status();
    }
    long seen = staleSeenAt;
    if (seen == NOT_SEEN) {
      staleSeenAt = now;
      return check.status();
    }
    return now - seen > check.options().every().toNanos() ? Status.UNKNOWN : check.status();
  }
}
