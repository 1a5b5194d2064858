package dev.zdd.peers.flags;

import dev.zdd.flags.BareHash;
import dev.zdd.flags.Flag;
import dev.zdd.flags.FlagDefinition;
import dev.zdd.flags.Flags;
import dev.zdd.flags.MemoryFlagSource;
import java.util.concurrent.locks.LockSupport;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** zdd's flag at 10 %, among {@code loaded} of them, which are replaced {@code swaps} times a second. */
@State(Scope.Benchmark)
public class ZddFlags {
  @Param({"1", "10000"})
  int loaded;

  @Param({"0", "10"})
  int swaps;

  private final BareHash bare = new BareHash("checkout", "10");
  private Flags flags;
  private Flag flag;
  private Thread swapper;

  @Setup(Level.Trial)
  public void start() {
    MemoryFlagSource source = MemoryFlagSource.of(definitions("10"));
    flags = Flags.of(source);
    flag = flags.flag("checkout");
    if (swaps > 0) {
      swapper = new Thread(() -> swap(source), "swapper");
      swapper.setDaemon(true);
      swapper.start();
    }
  }

  @TearDown(Level.Trial)
  public void stop() throws InterruptedException {
    if (swapper != null) {
      swapper.interrupt();
      swapper.join();
    }
    flags.close();
  }

  @Benchmark
  public boolean bareHashAndCompare(Ids ids) {
    return bare.takes(ids.next());
  }

  @Benchmark
  public boolean zdd(Ids ids) {
    return flag.isEnabled(ids.next());
  }

  @Benchmark
  public boolean zddByName(Ids ids) {
    return flags.flag("checkout").isEnabled(ids.next());
  }

  private void swap(MemoryFlagSource source) {
    FlagDefinition[] one = definitions("10");
    FlagDefinition[] other = definitions("50");
    for (int n = 0; !Thread.currentThread().isInterrupted(); n++) {
      source.set(n % 2 == 0 ? other : one);
      LockSupport.parkNanos(1_000_000_000L / swaps);
    }
  }

  private FlagDefinition[] definitions(String percentage) {
    FlagDefinition[] all = new FlagDefinition[loaded];
    for (int n = 0; n < loaded; n++) {
      all[n] =
          FlagDefinition.builder(n == 0 ? "checkout" : "flag-" + n)
              .enabled(true)
              .percentage(percentage)
              .build();
    }
    return all;
  }
}
