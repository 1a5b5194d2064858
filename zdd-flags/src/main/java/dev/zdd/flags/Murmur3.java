package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * MurmurHash3_x86_32 (Austin Appleby, public domain) of a text's UTF-8 bytes. They are encoded as
 * they are hashed, so nothing is allocated.
 */
final class Murmur3 {
  private static final int REPLACEMENT = 0xFFFD;

  private Murmur3() {}

  /**
   * With a lone surrogate as "?", which is what Java's encoder makes of it and so the Java SDKs of
   * those that we follow. Allocates.
   */
  static int asJavaEncodes(String text, int seed) {
    return of(new String(text.getBytes(UTF_8), UTF_8), seed);
  }

  /** With a lone surrogate as U+FFFD (EF BF BD), which is what most other languages make of it. */
  static int of(CharSequence text, int seed) {
    int hash = seed;
    int length = text.length();
    int whole = length & -4;
    // Four ASCII characters are one block. A loop that the JIT sees the end of: it then looks only
    // once whether all of the text may be read.
    for (int i = 0; i < whole; i += 4) {
      char a = text.charAt(i);
      char b = text.charAt(i + 1);
      char c = text.charAt(i + 2);
      char d = text.charAt(i + 3);
      if ((a | b | c | d) >= 0x80) {
        return rest(text, hash, i);
      }
      hash = mix(hash, a | b << 8 | c << 16 | d << 24);
    }
    return rest(text, hash, whole);
  }

  /** The hash of a text whose first {@code ascii} characters, all of them ASCII, are in it. */
  private static int rest(CharSequence text, int hashed, int ascii) {
    int hash = hashed;
    int length = text.length();
    int i = ascii;
    int bytes = i;
    long pending = 0; // fewer than 32 bits between two characters, so the next four bytes fit
    int bits = 0;
    while (i < length) {
      int point = codePointAt(text, i, length);
      // A lone surrogate has become U+FFFD, which like itself is one char.
      i += Character.charCount(point);
      int size = utf8Size(point);
      pending |= (utf8(point, size) & 0xFFFF_FFFFL) << bits;
      bits += 8 * size;
      bytes += size;
      if (bits >= 32) {
        hash = mix(hash, (int) pending);
        pending >>>= 32;
        bits -= 32;
      }
    }
    return finish(hash, (int) pending, bytes);
  }

  /** Of a number's decimal text, without making that text. */
  static int of(long number, int seed) {
    // The text, its first character lowest: at most 20 in three words. It is found from its end,
    // two digits at a time, and what is found moves what stands behind it up.
    long first = 0;
    long second = 0;
    long third = 0;
    int bytes = 0;
    long rest = number < 0 ? number : -number; // negative: Long.MIN_VALUE has no other sign
    while (rest <= -10) {
      long hundreds = rest / 100;
      int pair = (int) (hundreds * 100 - rest);
      third = third << 16 | second >>> 48;
      second = second << 16 | first >>> 48;
      first = first << 16 | ('0' + pair / 10) | ('0' + pair % 10) << 8;
      rest = hundreds;
      bytes += 2;
    }
    if (rest < 0 || bytes == 0) {
      third = third << 8 | second >>> 56;
      second = second << 8 | first >>> 56;
      first = first << 8 | ('0' - rest);
      bytes++;
    }
    if (number < 0) {
      third = third << 8 | second >>> 56;
      second = second << 8 | first >>> 56;
      first = first << 8 | '-';
      bytes++;
    }
    int hash = seed;
    for (int left = bytes; left >= Integer.BYTES; left -= Integer.BYTES) {
      hash = mix(hash, (int) first);
      first = first >>> 32 | second << 32;
      second = second >>> 32 | third << 32;
      third >>>= 32;
    }
    return finish(hash, (int) first, bytes);
  }

  private static int codePointAt(CharSequence text, int index, int length) {
    char first = text.charAt(index);
    if (!Character.isSurrogate(first)) {
      return first;
    }
    if (Character.isHighSurrogate(first) && index + 1 < length) {
      char second = text.charAt(index + 1);
      if (Character.isLowSurrogate(second)) {
        return Character.toCodePoint(first, second);
      }
    }
    return REPLACEMENT;
  }

  private static int utf8Size(int point) {
    return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  }

  /** The UTF-8 bytes of a code point, the first one lowest, as murmur3 reads its blocks. */
  private static int utf8(int point, int size) {
    return switch (size) {
      case 1 -> point;
      case 2 -> 0xC0 | point >> 6 | continuation(point, 0) << 8;
      case 3 -> 0xE0 | point >> 12 | continuation(point, 6) << 8 | continuation(point, 0) << 16;
      default ->
          0xF0
              | point >> 18
              | continuation(point, 12) << 8
              | continuation(point, 6) << 16
              | continuation(point, 0) << 24;
    };
  }

  private static int continuation(int point, int shift) {
    return 0x80 | (point >> shift & 0x3F);
  }

  private static int mix(int hash, int block) {
    return Integer.rotateLeft(hash ^ scramble(block), 13) * 5 + 0xE6546B64;
  }

  private static int scramble(int block) {
    return Integer.rotateLeft(block * 0xCC9E2D51, 15) * 0x1B873593;
  }

  private static int finish(int hash, int tail, int bytes) {
    // An empty tail is 0, and scrambles to 0.
    int h = hash ^ scramble(tail) ^ bytes;
    h = (h ^ h >>> 16) * 0x85EBCA6B;
    h = (h ^ h >>> 13) * 0xC2B2AE35;
    return h ^ h >>> 16;
  }
}
