package dev.zdd.flags;

/**
 * GrowthBook's coverage and weights with {@code hashVersion} 1 or 2. The salt is the rule's {@code
 * seed}, or what stands for it there: the feature's or experiment's key.
 *
 * <p>Hashes UTF-16 units as its JavaScript SDK does; its SDKs differ for ids that are not ASCII.
 */
final class GrowthBook implements Bucketing {
  static final String NAME_1 = "growthbook1";
  static final String NAME_2 = "growthbook2";

  private final int version;
  private final int size;

  GrowthBook(int hashVersion) {
    this.version = hashVersion;
    this.size = hashVersion == 1 ? 1_000 : 10_000;
  }

  // In is n <= coverage, not <, so a coverage takes one place more than its share, but for 0.
  @Override
  public Division rollout(String salt, Percentage percentage) {
    int ppm = percentage.ppm();
    return divided(salt, ppm == 0 ? 0 : (long) ppm * size / Percentage.ALL_PPM + 1);
  }

  @Override
  public Division variants(String salt, Weights weights) {
    int[] parts = weights.values();
    long[] ends = new long[parts.length - 1];
    double sum = 0;
    for (int n = 0; n < ends.length; n++) {
      // A sum of rounded parts: after 0.1 + 0.2, which is more than 0.3, the place 0.3 is below it.
      sum += (double) parts[n] / weights.total();
      ends[n] = firstNotBelow(sum);
    }
    return divided(salt, ends);
  }

  private Division divided(String seed, long... ends) {
    return new Division(
        id ->
            version == 1
                ? Integer.remainderUnsigned(fnv1a(id + seed), size)
                : Integer.remainderUnsigned(
                    fnv1a(Integer.toUnsignedString(fnv1a(seed + id))), size),
        size,
        ends);
  }

  private long firstNotBelow(double share) {
    long place = (long) (share * size) - 1; // at most one off, whichever way that is rounded
    while ((double) place / size < share) {
      place++;
    }
    return place;
  }

  private static int fnv1a(String text) {
    int hash = 0x811C9DC5;
    for (int n = 0; n < text.length(); n++) {
      hash = (hash ^ text.charAt(n)) * 0x01000193;
    }
    return hash;
  }
}
