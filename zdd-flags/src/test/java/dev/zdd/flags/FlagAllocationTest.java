package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.Test;

class FlagAllocationTest {
  private static final int CALLS = 200_000;
  private static final String[] IDS = {
    "3f0e8c2a-7b1d-4c55-9c1e-0d6f2a9b8e47", "alice", "ümit", "张伟", "x\ud83d\ude00", "\ud800", ""
  };

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private int on; // keeps the calls from being optimized away

  @Test
  void isEnabledAllocatesNothingForTexts() {
    Flags flags = flags();
    for (String key : new String[] {"split", "static", "disabled", "unknown"}) {
      Flag flag = flags.flag(key);
      assertAllocatesNothing(n -> count(flag.isEnabled(IDS[(int) n % IDS.length])));
    }
  }

  @Test
  void isEnabledAllocatesNothingForNumbers() {
    Flags flags = flags();
    for (String key : new String[] {"split", "static", "disabled", "unknown"}) {
      Flag flag = flags.flag(key);
      assertAllocatesNothing(n -> count(flag.isEnabled(n * 0x9E3779B97F4A7C15L)));
    }
  }

  @Test
  void anExposureAllocatesNothing() {
    FlagExposures exposures = FlagExposures.of(flags().flag("split"));
    assertAllocatesNothing(n -> {
      Exposure exposure = exposures.exposure(IDS[(int) n % IDS.length]);
      count(exposure.isEnabled());
      exposure.succeeded(n);
    });
  }

  @Test
  void theMeasurementSeesWhatIsAllocated() {
    Flag flag = flags().flag("split");
    assertThat(allocated(n -> count(flag.explain(n).enabled()))).isGreaterThan(CALLS * 16L);
  }

  private void assertAllocatesNothing(LongConsumer call) {
    allocated(call); // warm: classes, and the interpreter's own
    // Less than a byte in ten calls: the measurement, and what the JIT may do on this thread.
    assertThat(allocated(call)).isLessThan(CALLS / 10);
  }

  private long allocated(LongConsumer call) {
    long thread = Thread.currentThread().getId();
    long before = threads.getThreadAllocatedBytes(thread);
    for (int n = 0; n < CALLS; n++) {
      call.accept(n);
    }
    return threads.getThreadAllocatedBytes(thread) - before;
  }

  private void count(boolean enabled) {
    on += enabled ? 1 : 0;
  }

  private static Flags flags() {
    return Flags.of(
        MemoryFlagSource.of(
            FlagDefinition.builder("split")
                .enabled(true)
                .allow("bob", "42")
                .percentage("50")
                .build(),
            FlagDefinition.builder("static").enabled(true).build(),
            FlagDefinition.builder("disabled").build()));
  }
}
