package dev.zdd.flags;

import java.util.function.LongUnaryOperator;

/** Split's partitions with {@code algo} 2. The salt is the decimal text of the flag's seed. */
final class Split implements Bucketing {
  static final String NAME = "split";

  private static final int PERCENT = 100;

  @Override
  public Division rollout(String salt, Percentage percentage) {
    return divided(salt, percentage.outOf(PERCENT, NAME));
  }

  @Override
  public Division variants(String salt, Weights weights) {
    return divided(salt, weights.outOf(PERCENT, NAME).ends(LongUnaryOperator.identity()));
  }

  private static Division divided(String salt, long... ends) {
    int seed = seed(salt);
    return new Division(
        id -> Integer.toUnsignedLong(Murmur3.asJavaEncodes(id, seed)) % PERCENT, PERCENT, ends);
  }

  private static int seed(String salt) {
    try {
      int seed = Integer.parseInt(salt);
      // Not "+7" or "007", which would be two spellings of one seed.
      if (Integer.toString(seed).equals(salt)) {
        return seed;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "salt: "
            + Quoted.of(salt)
            + " (expected with bucketer \"split\": the seed of the flag, a whole number of 32 bits)");
  }
}
