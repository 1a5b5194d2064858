package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;

/** That a source's close ends its thread, and waits for that, but not for long. */
final class CloseInTime {
  // How long a close waits, and after which a thread that gets no processor may be there still.
  private static final Duration WAITS = Duration.ofMillis(900);
  // Of a machine that stands still meanwhile.
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private CloseInTime() {}

  /** Closes {@code source}, of which {@code thread} is the thread. */
  static void of(FlagSource source, Thread thread) throws InterruptedException {
    long start = System.nanoTime();
    source.close();
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(took).isLessThan(LONGEST);
    if (took.compareTo(WAITS) < 0) {
      assertThat(thread.isAlive()).as("alive after a close of %s", took).isFalse();
    }
    thread.join(LONGEST.toMillis());
    assertThat(thread.isAlive()).isFalse();
    source.close();
  }
}
