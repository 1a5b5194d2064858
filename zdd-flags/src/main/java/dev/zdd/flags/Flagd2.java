package dev.zdd.flags;

/**
 * flagd's {@code fractional} in its second form ({@code @fractional-v2} in its test bed). The salt
 * stands before the id: the flag's key, or what the rule's {@code cat} puts there.
 *
 * <p>flagd takes {@code (hash × total) >>> 32} and compares it with the sum of the weights. That it
 * is below a sum says the same as that the hash is below {@code sum × 2^32 / total}, rounded up, so
 * a hash is a place whatever the weights.
 */
final class Flagd2 implements Bucketing {
  static final String NAME = "flagd2";

  private static final long PLACES = 1L << 32;

  @Override
  public Division rollout(String salt, Percentage percentage) {
    return divided(salt, end(percentage.ppm(), Percentage.ALL_PPM));
  }

  @Override
  public Division variants(String salt, Weights weights) {
    return divided(salt, weights.ends(sum -> end(sum, weights.total())));
  }

  private static Division divided(String salt, long... ends) {
    return new Division(
        id -> Integer.toUnsignedLong(Murmur3.asJavaEncodes(salt + id, 0)), PLACES, ends);
  }

  private static long end(long sum, long total) {
    return ((sum << 32) + total - 1) / total;
  }
}
