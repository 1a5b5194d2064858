package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Pushes what it is told to, and says of itself what it is told to. */
final class HandFedSource implements FlagSource {
  volatile Status status = new Status(Duration.ZERO, 0, null);
  private volatile @Nullable Consumer<FlagSnapshot> consumer;
  private int version;

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

  @Override
  public void start(Consumer<FlagSnapshot> consumer) {
    this.consumer = consumer;
  }

  @Override
  public Status status() {
    return status;
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return "a hand";
  }
}
