package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pushes what it is told to, and says of itself what it is told to. */
final class HandFedSource implements FlagSource {
  volatile Status status = new Status(Duration.ZERO, 0, null);
  private volatile @Nullable Consumer<FlagSnapshot> consumer;
  private int version;
  private final AtomicInteger looks = new AtomicInteger();

  void push(FlagDefinition... definitions) {
    version++;
    push(new FlagSnapshot(Integer.toString(version), List.of(definitions)));
  }

  void push(FlagSnapshot snapshot) {
    requireNonNull(consumer).accept(snapshot);
  }

  void age(Duration age, @Nullable String problem) {
    status = new Status(age, problem == null ? 0 : 1, problem);
  }

  /** How often its status has been asked for. */
  int looks() {
    return looks.get();
  }

  @Override
  public void start(Consumer<FlagSnapshot> consumer) {
    this.consumer = consumer;
  }

  @Override
  public Status status() {
    looks.incrementAndGet();
    return status;
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "a hand";
  }
}
