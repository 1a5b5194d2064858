package dev.zdd.benchmarks;

import dev.zdd.core.Lifecycle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What an adapter pays to ask, for each response, whether the process is leaving. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class LifecycleBenchmark {
  private final Lifecycle lifecycle = new Lifecycle();
  private final AtomicReference<Lifecycle.State> reference =
      new AtomicReference<>(Lifecycle.State.STARTING);

  /** The state. */
  @Benchmark
  public Lifecycle.State state() {
    return lifecycle.state();
  }

  /** The question that adapters ask. */
  @Benchmark
  public boolean isLeaving() {
    return lifecycle.isLeaving();
  }

  /** One volatile read, for comparison. */
  @Benchmark
  public Lifecycle.State volatileRead() {
    return reference.get();
  }
}
