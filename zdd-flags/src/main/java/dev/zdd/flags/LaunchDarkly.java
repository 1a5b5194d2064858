package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * LaunchDarkly's percentage rollouts. The salt is {@code flagKey.salt}, or the decimal text of the
 * rollout's {@code seed} where it has one.
 *
 * <p>LaunchDarkly compares float32 numbers from 0 to 1, and who is where follows from how they are
 * rounded. Here both sides are multiplied by 2^60, which is exact: a place is the first 60 bits of
 * the hash, rounded to the 24 that a float holds, so up to 2^60 itself.
 */
final class LaunchDarkly implements Bucketing {
  static final String NAME = "launchdarkly";

  private static final int WHOLE = 100_000;
  private static final int PLACE_BITS = 60;
  private static final long PLACES = 1L << PLACE_BITS;

  @Override
  public Division rollout(String salt, Percentage percentage) {
    int weight = percentage.outOf(WHOLE, NAME);
    // LaunchDarkly itself leaves out the place 1.0, 3 ids in 10^8. All is all.
    return divided(salt, weight == WHOLE ? PLACES + 1 : place((float) weight / WHOLE));
  }

  @Override
  public Division variants(String salt, Weights weights) {
    int[] parts = weights.outOf(WHOLE, NAME).values();
    long[] ends = new long[parts.length - 1];
    float sum = 0;
    for (int n = 0; n < ends.length; n++) {
      // In this order and in this type: sums of rounded parts, not a rounded sum.
      sum += (float) parts[n] / WHOLE;
      ends[n] = place(sum);
    }
    return divided(salt, ends);
  }

  private static Division divided(String salt, long... ends) {
    return new Division(id -> place(salt + "." + id), PLACES, ends);
  }

  private static long place(float share) {
    return (long) Math.scalb(share, PLACE_BITS);
  }

  private static long place(String input) {
    long bits = ByteBuffer.wrap(sha1(input)).getLong() >>> (Long.SIZE - PLACE_BITS);
    return (long) (float) bits;
  }

  private static byte[] sha1(String input) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(input.getBytes(UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }
}
