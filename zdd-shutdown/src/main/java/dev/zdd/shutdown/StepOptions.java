package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a closing step differs from the default, which is: in {@link ClosePhase#CLOSE}, within {@link
 * GracefulShutdown.Builder#step}, after the step that was registered after it. Not thread-safe.
 */
public final class StepOptions {
  private final Set<String> after = new LinkedHashSet<>();
  private boolean inParallel;
  private @Nullable Duration timeout;
  private ClosePhase phase = ClosePhase.CLOSE;

  StepOptions() {}

  /**
   * Closes it when these have ended, whether well or not, and takes it out of the order of
   * registration: nothing else of its phase is waited for, and nothing waits for it but what names
   * it. Names that nobody has and circles are refused by {@link GracefulShutdown.Builder#build}.
   */
  public StepOptions after(String... names) {
    for (String name : names) {
      after.add(requireNonNull(name, "name"));
    }
    return inParallel();
  }

  /** Closes it as soon as its phase begins, beside the others. */
  public StepOptions inParallel() {
    inParallel = true;
    return this;
  }

  /** How long it may take. Default {@link GracefulShutdown.Builder#step}. More than 0. */
  public StepOptions timeout(Duration timeout) {
    this.timeout = requireNonNull(timeout, "timeout");
    return this;
  }

  /** The phase in which it is closed. Default {@link ClosePhase#CLOSE}. */
  public StepOptions inPhase(ClosePhase phase) {
    this.phase = requireNonNull(phase, "phase");
    return this;
  }

  Step named(String name, AutoCloseable action) {
    return new Step(name, action, phase, Set.copyOf(after), inParallel, timeout);
  }
}
