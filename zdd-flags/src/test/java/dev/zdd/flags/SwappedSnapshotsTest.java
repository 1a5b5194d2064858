package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Evaluations while a writer swaps two snapshots as fast as it can: each answer is one of the two
 * snapshots', and within a request all are of the same one. {@code -Dzdd.evaluations=10000000} for
 * more of them.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SwappedSnapshotsTest {
  private static final int THREADS = 8;
  private static final long EVALUATIONS = Long.getLong("zdd.evaluations", 1_000_000);

  // The two differ in each flag, for each id: what one has on the other has off.
  private static final FlagDefinition[] ONE = {
    on("a").percentage("100").build(),
    on("b").percentage("0").build(),
    on("c").percentage("30").build(),
    on("d").requires(Requirement.on("a")).build()
  };
  private static final FlagDefinition[] OTHER = {
    on("a").percentage("0").build(),
    on("b").percentage("100").build(),
    on("c").salt("other").percentage("70").build(),
    on("d").requires(Requirement.on("a")).build()
  };

  @Test
  void everyAnswerIsOneOfTheTwoSnapshots() throws Exception {
    MemoryFlagSource source = MemoryFlagSource.of(ONE);
    Flags flags = Flags.of(source);
    Flags one = Flags.of(MemoryFlagSource.of(ONE));
    Flags other = Flags.of(MemoryFlagSource.of(OTHER));
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong swaps = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
    try {
      Future<?> writer =
          threads.submit(() -> {
            for (long n = 0; !over.get(); n++) {
              source.set(n % 2 == 0 ? OTHER : ONE);
              swaps.incrementAndGet();
            }
          });
      List<Future<long[]>> readers = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        long first = thread * EVALUATIONS;
        readers.add(threads.submit(() -> read(flags, one, other, first, swaps)));
      }
      long[] sums = new long[3];
      for (Future<long[]> reader : readers) {
        long[] counts = reader.get();
        for (int n = 0; n < sums.length; n++) {
          sums[n] += counts[n];
        }
      }
      over.set(true);
      writer.get();
      System.out.printf(
          "%,d evaluations, %,d swaps; of the requests %,d saw one snapshot and %,d the other%n",
          sums[0], swaps.get(), sums[1], sums[2]);
      assertThat(sums[0]).isGreaterThanOrEqualTo(EVALUATIONS);
      assertThat(swaps.get()).isGreaterThan(100);
      assertThat(sums[1]).isPositive();
      assertThat(sums[2]).isPositive();
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Returns the evaluations, and of the requests those that saw one snapshot and the other: some of
   * each, however little the writer gets of the processors.
   */
  private static long[] read(Flags flags, Flags one, Flags other, long first, AtomicLong swaps) {
    Flag a = flags.flag("a");
    Flag b = flags.flag("b");
    Flag c = flags.flag("c");
    Flag d = flags.flag("d");
    Flag cOfOne = one.flag("c");
    Flag cOfOther = other.flag("c");
    long[] counts = new long[3];
    for (long id = first; ; id++) {
      boolean sawBoth = counts[1] > 0 && counts[2] > 0 && swaps.get() > 100;
      if (counts[0] >= EVALUATIONS / THREADS && (sawBoth || Thread.interrupted())) {
        return counts;
      }
      boolean inOne = cOfOne.isEnabled(id);
      boolean answer = c.isEnabled(id);
      assertThat(answer == inOne || answer == cOfOther.isEnabled(id)).isTrue();

      RequestContext request = RequestContext.of(Long.toString(id));
      boolean isOne = a.isEnabled(request);
      if (b.isEnabled(request) == isOne
          || d.isEnabled(request) != isOne
          || c.isEnabled(request) != (isOne ? inOne : cOfOther.isEnabled(id))
          || a.isEnabled(request) != isOne) {
        throw new AssertionError("flags of two snapshots in one request, for id " + id);
      }
      counts[isOne ? 1 : 2]++;
      counts[0] += 6;
    }
  }

  private static FlagDefinition.Builder on(String key) {
    return FlagDefinition.builder(key).enabled(true);
  }
}
