package dev.zdd.examples.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must not outlive the demo, closed last in, first out: at the end, after an error, and from
 * the JVM's shutdown hook after Ctrl-C. Thread-safe; whoever comes second finds nothing left and
 * waits until the first is through.
 */
final class Cleanup implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Cleanup.class);

  private record Entry(String what, AutoCloseable closeable) {}

  // Guarded by this.
  private final Deque<Entry> entries = new ArrayDeque<>();
  private boolean closed;

  /** Registers {@code closeable}; closes it at once if the end has come meanwhile. */
  synchronized <T extends AutoCloseable> T later(String what, T closeable) {
    entries.push(new Entry(what, closeable));
    if (closed) {
      close();
    }
    return closeable;
  }

  @Override
  public synchronized void close() {
    closed = true;
    while (!entries.isEmpty()) {
      Entry entry = entries.pop();
      try {
        entry.closeable().close();
      } catch (Exception e) {
        log.warn("{} did not stop cleanly", entry.what(), e);
      }
    }
  }
}
