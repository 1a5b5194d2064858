package dev.zdd.flags;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pushes what a test gives it, whole snapshots and at the time of its choice. */
final class GivenSource implements FlagSource {
  final AtomicBoolean closed = new AtomicBoolean();
  volatile Status status = new Status(Duration.ZERO, 0, null);

  private final String name;
  private final @Nullable FlagSnapshot first;
  private volatile @Nullable Consumer<FlagSnapshot> consumer;

  GivenSource(@Nullable FlagSnapshot first) {
    this("given", first);
  }

  GivenSource(String name, @Nullable FlagSnapshot first) {
    this.name = name;
    this.first = first;
  }

  void push(FlagSnapshot snapshot) {
    Consumer<FlagSnapshot> started = consumer;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    started.accept(snapshot);
  }

  @Override
  public void start(Consumer<FlagSnapshot> consumer) {
    if (this.consumer != null) {
      throw new IllegalStateException(this + " is started already");
    }
    this.consumer = consumer;
    if (first != null) {
      consumer.accept(first);
    }
  }

  @Override
  public Status status() {
    return status;
  }

  @Override
  public void close() {
    closed.set(true);
  }

  @Override
  public String toString() {
    return name;
  }
}
