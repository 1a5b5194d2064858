package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.RequestContext;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Asks a flag and counts how it went, for those who see it and for as many just outside, so that a
 * rollout can be judged. Made once and kept in a field:
 *
 * <pre>{@code
 * Exposure exposure = checkout.exposure(userId);
 * long began = System.nanoTime();
 * try {
 *   pay(exposure.isEnabled());
 *   exposure.succeeded(System.nanoTime() - began);
 * } catch (PaymentException e) {
 *   exposure.failed(System.nanoTime() - began);
 *   throw e;
 * }
 * }</pre>
 *
 * <p>Counted are ids that the flag's own percentage decides for; not those of its lists, of its
 * rules, and without an id. {@link ExposureCounts} says which band they are in.
 *
 * <p>Counts are of one step: they begin at zero whenever the flag's definition changes, its
 * percentage or anything else of it, and go on over changes of other flags. The race is a reload
 * between the answer and the end of what it led to. Every {@link Exposure} belongs to the step of
 * the evaluator that decided it, and tells that step's counters, which nobody reads any more if the
 * step is over. A request that is answered from an older snapshot (a {@link RequestContext}) counts
 * nowhere.
 *
 * <p>Thread-safe. {@code exposure} is for the request path: it does not lock, throw, or allocate
 * (but for once after each reload, and what {@link Flag} says of rules and other bucketings); it is
 * an evaluation in the meters as {@link Flag#isEnabled(String)} is.
 */
public final class FlagExposures {
  /** What takes longer is slow, unless said otherwise. */
  public static final Duration DEFAULT_SLOW = Duration.ofSeconds(1);

  private final Flag flag;
  private final long slowNanos;
  private final AtomicReference<ExposureStep> step;

  private FlagExposures(Flag flag, long slowNanos) {
    this.flag = flag;
    this.slowNanos = slowNanos;
    this.step = new AtomicReference<>(ExposureStep.begin(flag.evaluator(), slowNanos));
  }

  /** Counts for {@code flag}; slow is what takes longer than 1 s. */
  public static FlagExposures of(Flag flag) {
    return of(flag, DEFAULT_SLOW);
  }

  /**
   * Counts for {@code flag}.
   *
   * @param slow what takes longer is slow; more than 0, at most 1 h
   * @throws IllegalArgumentException if it is anything else
   */
  public static FlagExposures of(Flag flag, Duration slow) {
    if (slow.isNegative() || slow.isZero() || slow.compareTo(Duration.ofHours(1)) > 0) {
      throw new IllegalArgumentException("slow: " + slow + " (expected: > 0 and <= PT1H)");
    }
    return new FlagExposures(requireNonNull(flag, "flag"), slow.toNanos());
  }

  /** The flag. */
  public Flag flag() {
    return flag;
  }

  /** Whether the flag is on for {@code id}, to be told how that went. Unknown flag: off. */
  public Exposure exposure(@Nullable String id) {
    Evaluator now = flag.evaluator();
    return exposure(now, now.decide(id), id);
  }

  /** As {@link #exposure(String)}, for the one whom {@code context} is about. */
  public Exposure exposure(@Nullable RequestContext context) {
    RequestContext request = Flag.request(context);
    Evaluator pinned = flag.evaluator(request);
    return exposure(pinned, pinned.decide(request), pinned.id(request));
  }

  /** The counts of the present step, in this process. Each sum fits the others of its band. */
  public ExposureCounts counts() {
    ExposureStep present;
    do {
      present = step(flag.evaluator());
    } while (present == null); // a reload in between
    return present.counts();
  }

  private Exposure exposure(Evaluator by, Ending ending, @Nullable String id) {
    boolean enabled = flag.counted(ending, false);
    Rollout rollout = by.decidedBy(ending);
    ExposureStep of = rollout == null || id == null ? null : step(by);
    if (of == null) {
      return enabled ? Exposure.UNCOUNTED_ON : Exposure.UNCOUNTED_OFF;
    }
    if (enabled) {
      return of.seen;
    }
    return requireNonNull(rollout).isBeside(rollout.bucket(requireNonNull(id)))
        ? of.beside
        : Exposure.UNCOUNTED_OFF;
  }

  /** The step in which {@code by} decides; null if that is over. */
  private @Nullable ExposureStep step(Evaluator by) {
    while (true) {
      ExposureStep present = step.get();
      if (present.evaluator == by) {
        return present;
      }
      boolean goesOn = present.has(by);
      if (flag.evaluator() != by) {
        return goesOn ? present : null;
      }
      // Should the next reload come right here, another thread may have begun the step after this
      // one: then this fails, and the flag has another evaluator.
      ExposureStep next = goesOn ? present.in(by) : ExposureStep.begin(by, slowNanos);
      if (step.compareAndSet(present, next)) {
        return next;
      }
    }
  }
}
