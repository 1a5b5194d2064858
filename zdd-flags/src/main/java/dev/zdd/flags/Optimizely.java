package dev.zdd.flags;

import java.util.function.LongUnaryOperator;

/** Optimizely's traffic allocation. The salt is the id of the experiment or rollout rule. */
final class Optimizely implements Bucketing {
  static final String NAME = "optimizely";

  private static final int TRAFFIC = 10_000;
  private static final int SEED = 1;

  @Override
  public Division rollout(String salt, Percentage percentage) {
    return divided(salt, percentage.outOf(TRAFFIC, NAME));
  }

  @Override
  public Division variants(String salt, Weights weights) {
    return divided(salt, weights.outOf(TRAFFIC, NAME).ends(LongUnaryOperator.identity()));
  }

  private static Division divided(String ruleId, long... ends) {
    return new Division(
        id -> (Integer.toUnsignedLong(Murmur3.asJavaEncodes(id + ruleId, SEED)) * TRAFFIC) >>> 32,
        TRAFFIC,
        ends);
  }
}
