package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One flag of one snapshot, made ready to decide: immutable, and deciding allocates nothing, unless
 * another system's bucketing has to make the text that it hashes. All that {@code isEnabled} and
 * {@code explain} have in common is {@link #decide}, which is everything.
 */
final class Evaluator {
  /** How a decision can end. */
  enum Outcome {
    NO_SNAPSHOT(Reason.DEFAULT, false),
    UNKNOWN(Reason.ERROR, false),
    DISABLED(Reason.DISABLED, false),
    NO_UNIT(Reason.NO_UNIT, false),
    ALLOWED(Reason.TARGETING_MATCH, true),
    INSIDE(Reason.SPLIT, true),
    OUTSIDE(Reason.SPLIT, false),
    EVERYONE(Reason.STATIC, true);

    final Reason reason;
    private final boolean on;

    Outcome(Reason reason, boolean on) {
      this.reason = reason;
      this.on = on;
    }

    boolean enabled(boolean callersDefault) {
      return (this == NO_SNAPSHOT || this == UNKNOWN) ? callersDefault : on;
    }
  }

  /** For every flag before the first snapshot. */
  static final Evaluator NO_SNAPSHOT = new Evaluator(Outcome.NO_SNAPSHOT, null, null);

  /** The snapshot's version; null before the first. */
  final @Nullable String version;

  /** What the snapshot says of the flag; null if nothing. */
  final @Nullable FlagDefinition definition;

  private final int seed;
  // What no id can change.
  private final @Nullable Outcome fixed;
  private final Set<String> allow;
  // Those of the allow list that are the text of a number, sorted.
  private final long[] allowedNumbers;
  // The first bucket that is out; -1 if the flag has no percentage.
  private final long threshold;
  // Whom the percentage takes; null if the flag has none.
  private final @Nullable Division division;
  // The same, if ids have to be placed by it; null for zdd1, whose way stays direct and allocates
  // nothing.
  private final @Nullable Division foreign;

  private Evaluator(
      @Nullable Outcome fixed, @Nullable String version, @Nullable FlagDefinition definition) {
    this.fixed = fixed;
    this.version = version;
    this.definition = definition;
    this.seed = definition == null ? 0 : Zdd1.seed(definition.salt());
    this.allow = definition == null ? Set.of() : definition.allow();
    this.allowedNumbers = numbers(allow);
    this.division = definition == null ? null : definition.division();
    this.foreign = definition == null || definition.bucketer().equals(Zdd1.NAME) ? null : division;
    this.threshold = division == null ? -1 : division.end();
  }

  /** Of a flag that a snapshot has. */
  static Evaluator of(FlagDefinition definition, String version) {
    return new Evaluator(definition.enabled() ? null : Outcome.DISABLED, version, definition);
  }

  /** Of a flag that a snapshot has not. */
  static Evaluator unknown(String version) {
    return new Evaluator(Outcome.UNKNOWN, version, null);
  }

  Outcome decide(@Nullable String id) {
    if (fixed != null) {
      return fixed;
    }
    if (id == null || id.isEmpty()) {
      return Outcome.NO_UNIT;
    }
    if (allow.contains(id)) {
      return Outcome.ALLOWED;
    }
    return threshold < 0 ? Outcome.EVERYONE : split(bucket(id));
  }

  Outcome decide(long id) {
    if (fixed != null) {
      return fixed;
    }
    if (Arrays.binarySearch(allowedNumbers, id) >= 0) {
      return Outcome.ALLOWED;
    }
    return threshold < 0 ? Outcome.EVERYONE : split(bucket(id));
  }

  long bucket(String id) {
    Division other = foreign;
    return other == null ? Zdd1.bucket(id, seed) : other.place(id);
  }

  long bucket(long id) {
    Division other = foreign;
    return other == null ? Zdd1.bucket(id, seed) : other.place(Long.toString(id));
  }

  /** The decision of a percentage in words: "bucket 21 of 100 is outside 12 %, …". */
  String split(long bucket, Outcome outcome) {
    return requireNonNull(division).text(bucket)
        + (outcome == Outcome.INSIDE ? " is inside " : " is outside ")
        + requireNonNull(definition).percentage()
        + ", the buckets below "
        + threshold;
  }

  private Outcome split(long bucket) {
    return bucket < threshold ? Outcome.INSIDE : Outcome.OUTSIDE;
  }

  private static long[] numbers(Set<String> ids) {
    return ids.stream().filter(Evaluator::isNumber).mapToLong(Long::parseLong).sorted().toArray();
  }

  // "007" and "+7" are nobody's number: the long 7 is the text "7".
  private static boolean isNumber(String id) {
    try {
      return Long.toString(Long.parseLong(id)).equals(id);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
