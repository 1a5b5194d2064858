package dev.zdd.flags;

import org.jspecify.annotations.Nullable;

/**
 * Whom a percentage takes, made ready. Immutable; allocates nothing, unless another system's
 * bucketing has to make the text that it hashes.
 */
final class Rollout {
  private final Percentage percentage;
  private final Division division;
  private final int seed;
  // The first bucket that is out.
  private final long threshold;
  // Null for zdd1, whose way stays direct.
  private final @Nullable Division foreign;

  private Rollout(Percentage percentage, Division division, int seed, boolean isForeign) {
    this.percentage = percentage;
    this.division = division;
    this.seed = seed;
    this.threshold = division.end();
    this.foreign = isForeign ? division : null;
  }

  /** By the bucketing of that name. */
  static Rollout of(String bucketer, String salt, Percentage percentage) {
    Division division = Bucketing.of(bucketer).rollout(salt, percentage);
    return new Rollout(percentage, division, Zdd1.seed(salt), !bucketer.equals(Zdd1.NAME));
  }

  Percentage percentage() {
    return percentage;
  }

  long bucket(String id) {
    return foreign == null ? Zdd1.bucket(id, seed) : foreign.place(id);
  }

  long bucket(long id) {
    return foreign == null ? Zdd1.bucket(id, seed) : foreign.place(Long.toString(id));
  }

  /**
   * Whether a bucket is in the band beside those that are in: as wide as theirs, or as wide as what
   * is left, if that is less.
   */
  boolean isBeside(long bucket) {
    return bucket >= threshold && bucket < Math.min(2 * threshold, division.size());
  }

  boolean takes(String id) {
    return bucket(id) < threshold;
  }

  boolean takes(long id) {
    return bucket(id) < threshold;
  }

  /** In words: "bucket 21 of 100 is outside 12 %, the buckets below 12". */
  String text(long bucket) {
    return division.text(bucket)
        + (bucket < threshold ? " is inside " : " is outside ")
        + percentage
        + ", the buckets below "
        + threshold;
  }
}
