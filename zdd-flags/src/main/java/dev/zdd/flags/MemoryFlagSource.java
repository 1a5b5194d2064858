package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Definitions set by the program: in tests, or where another system has them. Its versions count
 * from 1, and its age is always 0, since what it was given last is what there is. Thread-safe.
 */
public final class MemoryFlagSource implements FlagSource, FlagStore {
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
    if (!closed) {
      push(next(definitions));
    }
  }

  @Override
  public synchronized StoredFlags read() {
    return new StoredFlags(revision(), snapshot.toDocument().getBytes(UTF_8));
  }

  /** {@inheritDoc} The flags are in use when this returns. */
  @Override
  public synchronized FlagWrite write(FlagRevision expected, byte[] document) {
    if (closed) {
      throw new IllegalStateException(this + " is closed (expected: not yet)");
    }
    FlagSnapshot read;
    try {
      read = FlagDocument.parse(document);
    } catch (FlagDocumentException e) {
      throw new IllegalArgumentException("document: " + e.getMessage(), e);
    }
    if (!revision().equals(expected)) {
      return new FlagWrite.Refused(revision());
    }
    version++;
    push(
        new FlagSnapshot(
            Long.toString(version), read.definitions(), read.segments(), read.retired()));
    return new FlagWrite.Written(revision());
  }

  /**
   * Replaces all flags, segments and retired keys by those of {@code next}, which keeps its own
   * version; does nothing once closed.
   */
  public synchronized void set(FlagSnapshot next) {
    requireNonNull(next, "next");
    if (!closed) {
      version++;
      push(next);
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

  // Guarded by `this`.
  private FlagRevision revision() {
    return new FlagRevision(version, "", "");
  }

  private void push(FlagSnapshot next) {
    snapshot = next;
    if (consumer != null) {
      consumer.accept(next);
    }
  }

  private FlagSnapshot next(FlagDefinition... definitions) {
    FlagSnapshot next = new FlagSnapshot(Long.toString(version + 1), List.of(definitions));
    version++;
    return next;
  }
}
