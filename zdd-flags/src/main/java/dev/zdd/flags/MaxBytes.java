package dev.zdd.flags;

/** The bounds of how large a document may be, for those who read one and those who write it. */
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

  /** Refuses to write what a source of the same bound would refuse to read. */
  static void requireReadable(byte[] document, int maxBytes) {
    if (document.length > maxBytes) {
      throw new IllegalArgumentException(refusal(document.length, maxBytes));
    }
  }

  /** "document: 1025 bytes (expected: <= maxBytes 1024)". */
  static String refusal(long bytes, int maxBytes) {
    return "document: " + bytes + " bytes (expected: <= maxBytes " + maxBytes + ")";
  }
}
