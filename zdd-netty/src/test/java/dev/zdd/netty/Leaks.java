package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Netty's leak detector on every buffer, and what it found. */
final class Leaks {
  private final Queue<String> found = new ConcurrentLinkedQueue<>();
  private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();

  /** Watches every buffer from here on. */
  Leaks() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener((type, records) -> found.add(records));
  }

  /** Fails if a buffer was lost; ends the watch. */
  void assertNone() {
    try {
      // A lost buffer is told of once the collector has found it and another buffer is made.
      await()
          .during(Duration.ofMillis(500))
          .untilAsserted(() -> {
            System.gc();
            PooledByteBufAllocator.DEFAULT.buffer().release();
            assertThat(found).isEmpty();
          });
    } finally {
      ByteBufUtil.setLeakListener(null);
      ResourceLeakDetector.setLevel(before);
    }
  }
}
