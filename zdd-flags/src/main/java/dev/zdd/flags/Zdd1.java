package dev.zdd.flags;

/**
 * The bucketing {@code zdd1}, specified in {@code docs/bucketing.md}: where an id stands on the
 * circle of 2^32 places that a salt lays out, and how much of it a percentage covers.
 *
 * <p>Asks nothing but {@link Murmur3} and so allocates nothing: {@link Evaluator} calls it
 * directly.
 */
final class Zdd1 implements Bucketing {
  /** What a definition calls this bucketing. */
  static final String NAME = "zdd1";

  private static final long PLACES = 1L << 32;

  /** The seed that a salt gives to the hash of every id: {@code murmur3_x86_32(salt, 0)}. */
  static int seed(CharSequence salt) {
    return Murmur3.of(salt, 0);
  }

  /** Where an id stands, 0 to 2^32 - 1. */
  static long bucket(CharSequence id, int seed) {
    return Integer.toUnsignedLong(Murmur3.of(id, seed));
  }

  /** Where a number stands: where its decimal text does. */
  static long bucket(long id, int seed) {
    return Integer.toUnsignedLong(Murmur3.of(id, seed));
  }

  /**
   * The first bucket that a percentage leaves out: {@code ppm × 2^32 / 1 000 000}, rounded down.
   * Never falls as {@code ppm} rises, which is all that makes a ramp only ever add users.
   */
  static long threshold(int ppm) {
    return ((long) ppm << 32) / Percentage.ALL_PPM;
  }

  @Override
  public Division rollout(String salt, Percentage percentage) {
    int seed = seed(salt);
    return new Division(id -> bucket(id, seed), PLACES, threshold(percentage.ppm()));
  }

  // Not the seed of the percentage, or the users inside a small one would all be of one variant.
  @Override
  public Division variants(String salt, Weights weights) {
    int seed = Murmur3.of(salt, 1);
    long total = weights.total();
    return new Division(id -> bucket(id, seed), PLACES, weights.ends(sum -> (sum << 32) / total));
  }
}
