package dev.zdd.examples.demo;

import static java.util.Objects.requireNonNull;

import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the load has seen, counted while it runs. Each request is counted once, in the
 * second in which it was meant to start. Thread-safe; readers see counts that may be a request
 * apart.
 */
final class Tally {
  /** How many failures are kept word for word; all are counted. */
  static final int KEPT_FAILURES = 200;

  private static final long HIGHEST_MICROS = 120_000_000;

  /** One failure, to look for its cause. Times are seconds on the {@link Timeline}. */
  record Lost(double start, double end, String request, String servedBy, Failure failure) {}

  /** What was meant to start within one second of the timeline. */
  static final class Second {
    final LongAdder answered = new LongAdder();
    final LongAdder failed = new LongAdder();
    final Histogram micros = new ConcurrentHistogram(HIGHEST_MICROS, 2);
  }

  /** Everything of one kind. */
  static final class OfKind {
    final LongAdder sent = new LongAdder();
    final LongAdder answered = new LongAdder();
    final LongAdder failed = new LongAdder();
    final Histogram micros = new ConcurrentHistogram(HIGHEST_MICROS, 3);
  }

  private final Map<Kind, OfKind> kinds = new EnumMap<>(Kind.class);
  private final Map<String, LongAdder> failedByKind = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> servedBy = new ConcurrentHashMap<>();
  private final SortedMap<Integer, Second> seconds = new ConcurrentSkipListMap<>();
  private final LongAccumulator latestStart = new LongAccumulator(Long::max, 0);
  private final LongAdder passedOn = new LongAdder();
  private final LongAdder reconnects = new LongAdder();
  private final LongAdder sentAgain = new LongAdder();
  private final Queue<Lost> lost = new ConcurrentLinkedQueue<>();

  Tally() {
    for (Kind kind : Kind.values()) {
      kinds.put(kind, new OfKind());
    }
  }

  void sent(Kind kind) {
    of(kind).sent.increment();
  }

  /**
   * A request has ended.
   *
   * @param start when it was meant to start, in seconds
   * @param end when its last byte, or its failure, was there
   * @param servedBy {@code instance version} as the answer named them; empty if there was none
   * @param failure null if everything was as expected
   */
  void ended(
      Kind kind,
      double start,
      double end,
      String request,
      String servedBy,
      @Nullable Failure failure) {
    OfKind its = of(kind);
    Second second = second((int) Math.floor(start));
    if (failure == null) {
      long took = Math.min(HIGHEST_MICROS, Math.max(1, Math.round((end - start) * 1e6)));
      its.micros.recordValue(took);
      if (kind.isShort()) {
        second.micros.recordValue(took);
      }
      if (kind != Kind.WEBSOCKET) {
        second.answered.increment();
        this.servedBy.computeIfAbsent(servedBy, k -> new LongAdder()).increment();
      }
      its.answered.increment();
    } else {
      if (lost.size() < KEPT_FAILURES) {
        lost.add(new Lost(start, end, request, servedBy, failure));
      }
      failedByKind.computeIfAbsent(failure.kind(), k -> new LongAdder()).increment();
      second.failed.increment();
      its.failed.increment();
    }
  }

  OfKind of(Kind kind) {
    return requireNonNull(kinds.get(kind));
  }

  private Second second(int index) {
    Second existing = seconds.get(index);
    if (existing != null) {
      return existing;
    }
    Second fresh = new Second();
    Second other = seconds.putIfAbsent(index, fresh);
    return other == null ? fresh : other;
  }

  /** How many requests were sent; messages over WebSockets are not among them. */
  long sentSoFar() {
    return requests().mapToLong(its -> its.sent.sum()).sum();
  }

  /** How many requests were answered well. */
  long answered() {
    return requests().mapToLong(its -> its.answered.sum()).sum();
  }

  /** Everything that failed, messages too. */
  long failed() {
    return kinds.values().stream().mapToLong(its -> its.failed.sum()).sum();
  }

  private Stream<OfKind> requests() {
    return kinds.entrySet().stream()
        .filter(e -> e.getKey() != Kind.WEBSOCKET)
        .map(Map.Entry::getValue);
  }

  /** What has neither been answered nor failed, messages too. */
  long unaccounted() {
    return kinds.values().stream()
        .mapToLong(its -> its.sent.sum() - its.answered.sum() - its.failed.sum())
        .sum();
  }

  /** A WebSocket was closed with 1001, and opened again elsewhere. */
  void reconnected() {
    reconnects.increment();
  }

  /** A message had crossed a close with 1001 on its way, and was sent again on the next session. */
  void sentAgain() {
    sentAgain.increment();
  }

  /** A request was started so long after the moment that it was meant to start. */
  void startedLate(long nanos) {
    latestStart.accumulate(nanos);
  }

  /**
   * How late the latest request was started, in microseconds. Where that is a second the machine is
   * too busy, and what failed may have failed for that.
   */
  long latestStartMicros() {
    return latestStart.get() / 1000;
  }

  /** A refused connection, of which nothing had been sent, was passed on to the next instance. */
  void passedOn() {
    passedOn.increment();
  }

  long refusalsPassedOn() {
    return passedOn.sum();
  }

  long reconnects() {
    return reconnects.sum();
  }

  long messagesSentAgain() {
    return sentAgain.sum();
  }

  /** Kind of failure → how many, by name. */
  SortedMap<String, Long> failedByKind() {
    SortedMap<String, Long> counts = new TreeMap<>();
    failedByKind.forEach((kind, count) -> counts.put(kind, count.sum()));
    return counts;
  }

  /** How many good answers {@code instance} gave while it ran {@code version}. */
  long servedBy(String instance, String version) {
    LongAdder count = servedBy.get(served(instance, version));
    return count == null ? 0 : count.sum();
  }

  /** How many good answers came from {@code version}, whoever gave them. */
  long servedBy(String version) {
    return servedBy.entrySet().stream()
        .filter(e -> e.getKey().endsWith(" " + version))
        .mapToLong(e -> e.getValue().sum())
        .sum();
  }

  static String served(String instance, String version) {
    return instance + " " + version;
  }

  /**
   * A copy of the latencies so far of the kinds that are {@linkplain Kind#isShort short}, in
   * microseconds; failures are not in it.
   */
  Histogram micros() {
    Histogram both = of(Kind.GET).micros.copy();
    both.add(of(Kind.POST).micros);
    return both;
  }

  SortedMap<Integer, Second> seconds() {
    return seconds;
  }

  Queue<Lost> lost() {
    return lost;
  }
}
