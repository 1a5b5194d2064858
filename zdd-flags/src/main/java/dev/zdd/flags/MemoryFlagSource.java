package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Definitions set by the program: in tests, or where another system has them. Its versions count
 * from 1, and its age is always 0, since what it was given last is what there is. Thread-safe.
 */
public final class MemoryFlagSource implements FlagSource {
  private static final Status FRESH = new Status(Duration.ZERO, 0, null);

  // Guarded by `this`, also while the consumer runs: of two sets at once, the one that got the
  // later version must be the one that is pushed last.
  private FlagSnapshot snapshot;
  private long version;
  private @Nullable Consumer<FlagSnapshot> consumer;
  private boolean closed;

  private MemoryFlagSource(FlagDefinition... definitions) {
    snapshot = next(definitions);
  }

  /** A source with these flags. */
  public static MemoryFlagSource of(FlagDefinition... definitions) {
    return new MemoryFlagSource(definitions);
  }

  /**
   * Replaces all flags by these, in use when this returns; does nothing once closed.
   *
   * @throws IllegalArgumentException if two have the same key; the flags stay as they were
   */
  public synchronized void set(FlagDefinition... definitions) {
    if (closed) {
      return;
    }
    snapshot = next(definitions);
    if (consumer != null) {
      consumer.accept(snapshot);
    }
  }

  /**
   * Replaces all flags, segments and retired keys by those of {@code next}, which keeps its own
   * version; does nothing once closed.
   */
  public synchronized void set(FlagSnapshot next) {
    if (closed) {
      return;
    }
    snapshot = requireNonNull(next, "next");
    version++;
    if (consumer != null) {
      consumer.accept(snapshot);
    }
  }

  @Override
  public synchronized void start(Consumer<FlagSnapshot> consumer) {
    if (this.consumer != null) {
      throw new IllegalStateException(this + " is started already (expected: one Flags for it)");
    }
    this.consumer = consumer;
    consumer.accept(snapshot);
  }

  @Override
  public Status status() {
    return FRESH;
  }

  @Override
  public synchronized void close() {
    closed = true;
  }

  @Override
  public String toString() {
    return "memory";
  }

  private FlagSnapshot next(FlagDefinition... definitions) {
    FlagSnapshot next = new FlagSnapshot(Long.toString(version + 1), List.of(definitions));
    version++;
    return next;
  }
}
