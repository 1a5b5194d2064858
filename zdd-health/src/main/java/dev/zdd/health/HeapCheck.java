package dev.zdd.health;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.MemoryUsage;
import java.util.List;

/** See {@link Checks#heapAfterCollection}. */
final class HeapCheck implements LocalCheck {
  private final int percent;
  private final long most;
  private final List<MemoryPoolMXBean> pools =
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getType() == MemoryType.HEAP)
          .toList();

  HeapCheck(int percent, long most) {
    this.percent = percent;
    this.most = most;
  }

  @Override
  public HealthResult check() {
    long used = 0;
    for (MemoryPoolMXBean pool : pools) {
      MemoryUsage left = pool.getCollectionUsage(); // null where the collector does not tell
      used += left == null ? 0 : left.getUsed();
    }
    int full = (int) (used * 100.0 / most);
    return HealthResult.upIf(
        full <= percent,
        "the heap is " + full + " % full after a collection (expected: at most " + percent + " %)");
  }
}
