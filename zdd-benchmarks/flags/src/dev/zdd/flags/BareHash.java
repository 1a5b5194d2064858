package dev.zdd.flags;

/**
 * The least that a sticky percentage can cost: zdd's own hash, and one comparison. In zdd's package,
 * since nobody else may call it.
 */
public final class BareHash {
  private final int seed;
  private final long threshold;

  /** The ids that {@code percentage} takes of the flag {@code key}. */
  public BareHash(String key, String percentage) {
    this.seed = Zdd1.seed(key);
    this.threshold = Zdd1.threshold(Percentage.parse(percentage).ppm());
  }

  /** Whether it takes this one. */
  public boolean takes(String id) {
    return Zdd1.bucket(id, seed) < threshold;
  }
}
