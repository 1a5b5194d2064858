package dev.zdd.flags;

import java.util.function.LongUnaryOperator;

/**
 * Unleash's {@code flexibleRollout}, and its variants by the seed of their own that its SDKs have
 * come to use for them. The salt is the {@code groupId}.
 */
final class Unleash implements Bucketing {
  static final String NAME = "unleash";

  private static final int PERCENT = 100;
  private static final int ROLLOUT_SEED = 0;
  private static final int VARIANT_SEED = 86_028_157;

  @Override
  public Division rollout(String salt, Percentage percentage) {
    return divided(salt, ROLLOUT_SEED, PERCENT, percentage.outOf(PERCENT, NAME));
  }

  @Override
  public Division variants(String salt, Weights weights) {
    return divided(salt, VARIANT_SEED, weights.total(), weights.ends(LongUnaryOperator.identity()));
  }

  private static Division divided(String groupId, int seed, long size, long... ends) {
    return new Division(
        id -> Integer.toUnsignedLong(Murmur3.asJavaEncodes(groupId + ":" + id, seed)) % size,
        size,
        ends);
  }
}
