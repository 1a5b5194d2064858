package dev.zdd.benchmarks;

import dev.zdd.core.InFlight;
import dev.zdd.core.Ticker;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one request pays for being counted: let in, and ended at once. One thread; {@link
 * ContendedBeginEndBenchmark} is the same with two.
 *
 * <p>The peers do less. The adders and the atomic count and cannot refuse; the lock and the phaser
 * can be waited for; none of them knows what is in flight.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
@Threads(1)
public class BeginEndBenchmark {
  private final InFlight inFlight = new InFlight(Ticker.coarse());
  private final InFlight inFlightWithExactClock = new InFlight(Ticker.system());
  private final InFlight inFlightWithoutClock = new InFlight(() -> 0);
  private final LongAdder begun = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final AtomicLong count = new AtomicLong();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Phaser phaser = new Phaser(1); // one party of its own, or it ends at zero

  /** zdd, with the clock that it has in production. */
  @Benchmark
  public boolean inFlight() {
    return inFlight.end(inFlight.begin("GET", "/"));
  }

  /** zdd with the machine's own clock: the difference is {@link System#nanoTime()}. */
  @Benchmark
  public boolean inFlightWithExactClock() {
    return inFlightWithExactClock.end(inFlightWithExactClock.begin("GET", "/"));
  }

  /** zdd without any clock. */
  @Benchmark
  public boolean inFlightWithoutClock() {
    return inFlightWithoutClock.end(inFlightWithoutClock.begin("GET", "/"));
  }

  /** Begun and ended in two adders, whose difference is no snapshot. */
  @Benchmark
  public void longAdderPair() {
    begun.increment();
    ended.increment();
  }

  /** Up and down in one word. */
  @Benchmark
  public long atomicLongPair() {
    count.incrementAndGet();
    return count.decrementAndGet();
  }

  /** Requests share the lock, the drainer would take it alone. */
  @Benchmark
  public void readLock() {
    lock.readLock().lock();
    lock.readLock().unlock();
  }

  /** A request is a party, the drainer awaits the phase. */
  @Benchmark
  public int phaser() {
    phaser.register();
    return phaser.arriveAndDeregister();
  }
}
