package dev.zdd.flags;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

/** How many of the ids each of several variants gets, in proportion to one another. Immutable. */
final class Weights {
  private final int[] values;
  private final long total;

  private Weights(int[] values, long total) {
    this.values = values;
    this.total = total;
  }

  /**
   * In the variants' order.
   *
   * @throws IllegalArgumentException if one is negative, or their sum is not 1 to 2^31 - 1
   */
  static Weights of(int... values) {
    long total = Arrays.stream(values).asLongStream().sum();
    if (Arrays.stream(values).anyMatch(weight -> weight < 0)
        || total < 1
        || total > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "weights: "
              + Arrays.toString(values)
              + " (expected: none negative, and their sum 1 to "
              + Integer.MAX_VALUE
              + ")");
    }
    return new Weights(values.clone(), total);
  }

  int[] values() {
    return values.clone();
  }

  /** Their sum. */
  long total() {
    return total;
  }

  /**
   * The same proportions with another sum.
   *
   * @throws IllegalArgumentException if they would not be whole
   */
  Weights outOf(int sum, String bucketer) {
    int[] scaled = new int[values.length];
    for (int n = 0; n < scaled.length; n++) {
      long product = (long) values[n] * sum;
      if (product % total != 0) {
        throw new IllegalArgumentException(
            "weights: "
                + Arrays.toString(values)
                + " (expected with bucketer "
                + Quoted.of(bucketer)
                + ": whole parts of "
                + sum
                + ")");
      }
      scaled[n] = (int) (product / total);
    }
    return new Weights(scaled, sum);
  }

  /** The ends of all parts but the last, each from the sum of the weights up to it. */
  long[] ends(LongUnaryOperator end) {
    long[] ends = new long[values.length - 1];
    long sum = 0;
    for (int n = 0; n < ends.length; n++) {
      sum += values[n];
      ends[n] = end.applyAsLong(sum);
    }
    return ends;
  }
}
