package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What one probe, or one group of checks, is answered with: worked out when a result comes, read by
 * everybody else. A plain answer is one volatile read and a comparison, and a result is taken in at
 * the same cost, however many checks there are. Those who write hold the lock of {@link Health};
 * nobody who reads blocks.
 */
final class ProbeBoard {
  private static final long NOT_SEEN = Long.MIN_VALUE;

  // How long before time alone may change the verdict it is worked out from all checks again.
  private static final long AHEAD = Duration.ofSeconds(1).toNanos();

  /**
   * @param status the worst that the checks contribute
   * @param until the reading from which on time alone may have changed that, or an earlier one: a
   *     result has become too old, or a shared check has been held for long enough
   * @param retryAt the reading at which the first of those that keep the probe from being ok runs
   *     next; null if that is not known
   */
  private record Verdict(Status status, long until, @Nullable Long retryAt) {}

  private final Ticker ticker;
  private final boolean allRequired;
  private final Map<String, CheckEntry> byName = new ConcurrentHashMap<>();
  private final List<CheckEntry> inOrder = new CopyOnWriteArrayList<>();
  private volatile Verdict verdict;
  private volatile boolean frozen;

  // What each check contributed when it was last looked at, both ways round; for those who write.
  private final Map<CheckEntry, Status> contributions = new HashMap<>();
  private final Map<Status, Set<CheckEntry>> contributors = new EnumMap<>(Status.class);

  // When a reader first met a result that is too old. A schedule that died looks, at that moment,
  // exactly like a VM that was paused and has just been resumed, whose checks are about to run. So
  // the first reader only leaves this mark, and the result is disbelieved if it is still there an
  // interval later. Once all results are fresh the mark is taken away. A reader that saw an old
  // one just before may put it back once more; then it is taken away again.
  private volatile long staleSeenAt = NOT_SEEN;

  /**
   * A board without checks.
   *
   * @param allRequired whether each check counts as required, whatever its options say
   */
  ProbeBoard(Ticker ticker, boolean allRequired) {
    this.ticker = ticker;
    this.allRequired = allRequired;
    for (Status status : Status.values()) {
      contributors.put(status, new LinkedHashSet<>());
    }
    this.verdict = judged(ticker.read());
  }

  void add(CheckEntry entry) {
    byName.put(entry.snapshot().name(), entry);
    inOrder.add(entry);
    publish(entry);
  }

  void remove(CheckEntry entry) {
    byName.remove(entry.snapshot().name());
    inOrder.remove(entry);
    Status last = contributions.remove(entry);
    if (last != null) {
      with(last).remove(entry);
    }
    verdict = judged(ticker.read());
  }

  /** Takes in what {@code entry} has found since. */
  void publish(CheckEntry entry) {
    long now = ticker.read();
    long until = verdict.until;
    if (until - now > AHEAD) {
      staleSeenAt = NOT_SEEN;
      count(entry, now);
      verdict = verdict(earlier(until, entry.snapshot(), now));
    } else {
      verdict = judged(now);
    }
  }

  /** From here on nothing is published and nothing grows stale: the schedule was closed. */
  void freeze() {
    frozen = true;
  }

  List<CheckEntry> entries() {
    return inOrder;
  }

  @Nullable CheckEntry find(String name) {
    return byName.get(name);
  }

  /** The worst of what the checks that are not excluded contribute; UP if there is none. */
  Status worst(Set<String> excluded) {
    return worst(excluded, ticker.read());
  }

  /** Like {@link #worst(Set)}, for who has read the clock. */
  Status worst(Set<String> excluded, long now) {
    Verdict last = verdict;
    if (excluded.isEmpty() && now - last.until < 0) {
      return last.status;
    }
    Status worst = Status.UP;
    for (CheckEntry entry : inOrder) {
      CheckSnapshot check = entry.snapshot();
      if (!excluded.contains(check.name())) {
        worst = worst.worse(contribution(check, statusOf(check, now), now));
      }
    }
    return worst;
  }

  /** Like {@link #worst}, of snapshots that {@link #checks} gave. */
  Status worstOf(List<CheckSnapshot> checks) {
    long now = ticker.read();
    Status worst = Status.UP;
    for (CheckSnapshot check : checks) {
      worst = worst.worse(contribution(check, check.status(), now));
    }
    return worst;
  }

  /** Nanoseconds until the next run of a check that keeps the probe from being ok; 0 if none. */
  long nanosToNextRun(Set<String> excluded) {
    return nanosToNextRun(excluded, ticker.read());
  }

  /** Like {@link #nanosToNextRun(Set)}, for who has read the clock. */
  long nanosToNextRun(Set<String> excluded, long now) {
    Verdict last = verdict;
    Long at = last.retryAt;
    if (!excluded.isEmpty()) {
      at = null;
      for (CheckEntry entry : inOrder) {
        CheckSnapshot check = entry.snapshot();
        boolean fails = !contribution(check, statusOf(check, now), now).isOk();
        if (fails && !excluded.contains(check.name())) {
          at = sooner(at, check.nextRunAt());
        }
      }
    }
    return at == null ? 0 : Math.max(0, at - now);
  }

  /** The checks that are not excluded, those with too old a result as UNKNOWN. */
  List<CheckSnapshot> checks(Set<String> excluded) {
    long now = ticker.read();
    return inOrder.stream()
        .map(CheckEntry::snapshot)
        .filter(check -> !excluded.contains(check.name()))
        .map(check -> believed(check, now))
        .toList();
  }

  /** {@code check}, as UNKNOWN if its result is too old. */
  CheckSnapshot believed(CheckSnapshot check) {
    return believed(check, ticker.read());
  }

  private CheckSnapshot believed(CheckSnapshot check, long now) {
    return statusOf(check, now) == check.status() ? check : check.asUnknown();
  }

  private Verdict judged(long now) {
    boolean stale = inOrder.stream().anyMatch(entry -> entry.snapshot().isStale(now));
    if (!stale) {
      staleSeenAt = NOT_SEEN;
    }
    long until = now + Long.MAX_VALUE / 2;
    for (CheckEntry entry : inOrder) {
      count(entry, now);
      until = earlier(until, entry.snapshot(), now);
    }
    return verdict(until);
  }

  private Verdict verdict(long until) {
    Status worst = Status.UP;
    Long retryAt = null;
    for (Status status : Status.values()) {
      Set<CheckEntry> of = with(status);
      worst = of.isEmpty() ? worst : status;
      if (!status.isOk()) {
        for (CheckEntry entry : of) {
          retryAt = sooner(retryAt, entry.snapshot().nextRunAt());
        }
      }
    }
    return new Verdict(worst, until, retryAt);
  }

  private void count(CheckEntry entry, long now) {
    CheckSnapshot check = entry.snapshot();
    Status contributed = contribution(check, statusOf(check, now), now);
    Status last = contributions.put(entry, contributed);
    if (last != contributed) {
      if (last != null) {
        with(last).remove(entry);
      }
      with(contributed).add(entry);
    }
  }

  private Set<CheckEntry> with(Status contribution) {
    return requireNonNull(contributors.get(contribution));
  }

  // A hold that is over changes nothing any more. A result that is too old may: it has its grace,
  // and until it is replaced each reader looks for himself.
  private static long earlier(long until, CheckSnapshot check, long now) {
    long earliest = until;
    Long believed = check.believedUntil();
    if (believed != null && believed - earliest < 0) {
      earliest = believed;
    }
    Long held = check.heldUntil();
    if (held != null && isHeld(check, now) && held - earliest < 0) {
      earliest = held;
    }
    return earliest;
  }

  private static @Nullable Long sooner(@Nullable Long one, @Nullable Long other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return other - one < 0 ? other : one;
  }

  private static boolean isHeld(CheckSnapshot check, long now) {
    return check.heldUntil() != null && now - check.heldUntil() < 0;
  }

  /** What a check, being of {@code status}, contributes. */
  private Status contribution(CheckSnapshot check, Status status, long now) {
    if (status == Status.UP) {
      return status;
    }
    boolean held = status == Status.DOWN && isHeld(check, now);
    boolean required = allRequired || check.options().required();
    return held || !required ? Status.DEGRADED : status;
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
