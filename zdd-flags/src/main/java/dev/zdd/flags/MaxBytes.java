package dev.zdd.flags;

/** The bounds of how large a document may be. */
final class MaxBytes {
  /** The size from which a document is refused unless said otherwise: 16 MiB. */
  static final int DEFAULT = 16 << 20;

  private static final int MIN = 1 << 10;
  private static final int MAX = 256 << 20;

  private MaxBytes() {}

  static int require(int maxBytes) {
    if (maxBytes < MIN || maxBytes > MAX) {
      throw new IllegalArgumentException(
          "maxBytes: " + maxBytes + " (expected: " + MIN + " to " + MAX + ")");
    }
    return maxBytes;
  }
}
