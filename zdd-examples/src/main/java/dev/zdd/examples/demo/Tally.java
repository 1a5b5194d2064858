package dev.zdd.examples.demo;

import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
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
  static final int KEPT_FAILURES = 2000;

  private static final long HIGHEST_MICROS = 120_000_000;

  /** One failure, to look for its cause. Times are seconds on the {@link Timeline}. */
  record Lost(double start, double end, String request, String servedBy, Failure failure) {}

  /** What was meant to start within one second of the timeline. */
  static final class Second {
    final LongAdder answered = new LongAdder();
    final LongAdder failed = new LongAdder();
    final Histogram micros = new ConcurrentHistogram(HIGHEST_MICROS, 2);
  }

  private final LongAdder sent = new LongAdder();
  private final LongAdder answered = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final Map<String, LongAdder> failedByKind = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> servedBy = new ConcurrentHashMap<>();
  private final SortedMap<Integer, Second> seconds = new ConcurrentSkipListMap<>();
  private final Histogram micros = new ConcurrentHistogram(HIGHEST_MICROS, 3);
  private final Queue<Lost> lost = new ConcurrentLinkedQueue<>();

  void sent() {
    sent.increment();
  }

  /**
   * A request has ended.
   *
   * @param start when it was meant to start, in seconds
   * @param end when its last byte, or its failure, was there
   * @param servedBy {@code instance version} as the answer named them; empty if there was none
   * @param failure null if everything was as expected
   */
  void ended(double start, double end, String request, String servedBy, @Nullable Failure failure) {
    Second second = second((int) Math.floor(start));
    if (failure == null) {
      long took = Math.min(HIGHEST_MICROS, Math.max(1, Math.round((end - start) * 1e6)));
      micros.recordValue(took);
      second.micros.recordValue(took);
      second.answered.increment();
      this.servedBy.computeIfAbsent(servedBy, k -> new LongAdder()).increment();
      answered.increment();
    } else {
      if (lost.size() < KEPT_FAILURES) {
        lost.add(new Lost(start, end, request, servedBy, failure));
      }
      failedByKind.computeIfAbsent(failure.kind(), k -> new LongAdder()).increment();
      second.failed.increment();
      failed.increment();
    }
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

  long sentSoFar() {
    return sent.sum();
  }

  long answered() {
    return answered.sum();
  }

  long failed() {
    return failed.sum();
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

  /** A copy of the latencies so far, in microseconds; failures are not in it. */
  Histogram micros() {
    return micros.copy();
  }

  SortedMap<Integer, Second> seconds() {
    return seconds;
  }

  Queue<Lost> lost() {
    return lost;
  }
}
