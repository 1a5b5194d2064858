package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Ticker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several sources as one: the first that names a flag decides all of it, and a change of any is
 * pushed as a whole merged snapshot. So a team's few flags can go before the company's many.
 *
 * <p>A key is what the highest source that names it says, defined or retired; of a segment that is
 * in several, the highest's counts for the flags of all. Each source is whole by itself: what a
 * flag requires is in its own source too, but a higher source's definition of it counts. If that
 * does not fit (a higher source has retired it, or has it without the variant that is asked for)
 * the merge is refused whole, the last good one serves, one WARN line tells of it, and {@link
 * #status()} shows it with an age that grows.
 *
 * <p>Before all sources have answered those serve that have, so that a flag may be a lower source's
 * for a while, and {@code status()} names those that are awaited. Give a source of which that must
 * not happen a last-known-good file.
 *
 * <p>{@code status()}: the age is the oldest source's, the failures are the sum, and each problem
 * is named by its source. Thread-safe; a source's pushes come on its own thread.
 */
public final class CompositeFlagSource implements FlagSource {
  private static final Logger log = LoggerFactory.getLogger(CompositeFlagSource.class);

  /** A merge that was refused. */
  private record Refusal(String what, long since) {}

  private final List<FlagSource> sources;
  private final Ticker ticker;
  private final AtomicBoolean started = new AtomicBoolean();
  private volatile boolean closed;

  // Written under `this`: what each source gave last.
  private final List<@Nullable FlagSnapshot> latest = new ArrayList<>();
  // Which of them have given anything: read by status(), which must not block.
  private volatile boolean[] answered;
  private volatile @Nullable Refusal refusal;
  // Guarded by `this`: null until all sources have been started, and nothing is pushed before.
  private @Nullable Consumer<FlagSnapshot> consumer;

  private CompositeFlagSource(List<FlagSource> sources, Ticker ticker) {
    this.sources = List.copyOf(sources);
    this.ticker = ticker;
    sources.forEach(source -> latest.add(null));
    this.answered = new boolean[sources.size()];
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("sources: none (expected: one or more)");
    }
  }

  /**
   * These sources as one, which it starts and closes.
   *
   * @param highestFirst of two that name a flag, the one that is given first decides
   * @throws IllegalArgumentException if there are none
   */
  public static CompositeFlagSource of(FlagSource... highestFirst) {
    return of(Ticker.system(), highestFirst);
  }

  /** With what the age of a refused merge is read from. */
  static CompositeFlagSource of(Ticker ticker, FlagSource... highestFirst) {
    return new CompositeFlagSource(Arrays.asList(highestFirst), ticker);
  }

  /**
   * {@inheritDoc} Starts the sources one after another, and pushes what they have together.
   *
   * @throws IllegalStateException if this was started or closed before, or one of the sources was:
   *     those that were started are closed again
   */
  @Override
  public void start(Consumer<FlagSnapshot> consumer) {
    requireNonNull(consumer, "consumer");
    if (closed) {
      throw new IllegalStateException(this + " is closed (expected: not yet)");
    }
    if (!started.compareAndSet(false, true)) {
      throw new IllegalStateException(this + " is started already (expected: one Flags for it)");
    }
    // Without the lock, since a source may push under a lock of its own, and would then want this.
    for (int n = 0; n < sources.size(); n++) {
      int place = n;
      try {
        sources.get(n).start(snapshot -> take(place, snapshot));
      } catch (RuntimeException | Error e) {
        closed = true;
        sources.subList(0, n).forEach(FlagSource::close);
        throw e;
      }
    }
    synchronized (this) {
      this.consumer = consumer;
      merge();
    }
  }

  @Override
  public Status status() {
    Duration age = Duration.ZERO;
    long failures = 0;
    List<String> problems = new ArrayList<>();
    boolean[] answered = this.answered;
    for (int n = 0; n < sources.size(); n++) {
      Status status = sources.get(n).status();
      age = longer(age, status.age());
      failures += status.failures();
      String problem = status.problem();
      if (!answered[n]) {
        problem = "nothing has been read yet" + (problem == null ? "" : ", " + problem);
      }
      if (problem != null) {
        problems.add(sources.get(n) + ": " + problem);
      }
    }
    Refusal present = refusal;
    if (present != null) {
      age = longer(age, Duration.ofNanos(Math.max(0, ticker.read() - present.since)));
      problems.add(present.what);
    }
    return new Status(age, failures, problems.isEmpty() ? null : String.join("; ", problems));
  }

  /** {@inheritDoc} One after another: a second or so for each that hangs. */
  @Override
  public void close() {
    closed = true;
    sources.forEach(FlagSource::close);
  }

  /** "file /etc/shop/flags.json over redis zdd:{shop}:flags". */
  @Override
  public String toString() {
    return sources.stream().map(FlagSource::toString).collect(Collectors.joining(" over "));
  }

  private synchronized void take(int place, FlagSnapshot snapshot) {
    latest.set(place, snapshot);
    boolean[] next = answered.clone();
    next[place] = true;
    answered = next;
    merge();
  }

  // Guarded by `this`.
  private void merge() {
    if (consumer == null || closed || latest.stream().allMatch(each -> each == null)) {
      return;
    }
    FlagSnapshot merged;
    try {
      merged = SnapshotMerge.of(latest);
    } catch (FlagMisfitException e) {
      // Not thrown: the source that pushed is well, and would take it for its own failure.
      refuse("the sources do not fit together: " + e.getMessage());
      return;
    }
    consumer.accept(merged);
    refusal = null;
    log.info(
        "flags {}: snapshot {}, {} flags", this, merged.version(), merged.definitions().size());
  }

  private void refuse(String what) {
    Refusal before = refusal;
    refusal = new Refusal(what, before == null ? ticker.read() : before.since);
    if (before == null || !before.what.equals(what)) {
      log.warn("flags {}: {}; the last merge, if there is one, serves on", this, what);
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }
}
