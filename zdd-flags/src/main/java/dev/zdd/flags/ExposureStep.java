package dev.zdd.flags;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The time in which a flag's definition stays as it is, over however many snapshots. */
final class ExposureStep {
  /** The snapshot's that was seen last with this definition. */
  final Evaluator evaluator;

  final Exposure seen;
  final Exposure beside;

  private final @Nullable String since;
  private final ExposureTally seenTally;
  private final ExposureTally besideTally;

  private ExposureStep(
      Evaluator evaluator, @Nullable String since, ExposureTally seen, ExposureTally beside) {
    this.evaluator = evaluator;
    this.since = since;
    this.seenTally = seen;
    this.besideTally = beside;
    this.seen = new Exposure(true, seen);
    this.beside = new Exposure(false, beside);
  }

  static ExposureStep begin(Evaluator evaluator, long slowNanos) {
    return new ExposureStep(
        evaluator, evaluator.version, new ExposureTally(slowNanos), new ExposureTally(slowNanos));
  }

  /** Whether {@code other} decides as this step does. */
  boolean has(Evaluator other) {
    return Objects.equals(evaluator.definition, other.definition);
  }

  /** The same step in another snapshot, with the same counts. */
  ExposureStep in(Evaluator other) {
    return new ExposureStep(other, since, seenTally, besideTally);
  }

  ExposureCounts counts() {
    FlagDefinition definition = evaluator.definition;
    return new ExposureCounts(
        definition == null ? null : definition.percentage(),
        since,
        seenTally.counts(),
        besideTally.counts());
  }
}
