package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Zdd1Test {
  private static final long SEED = 20_261_123;

  // Values that others have published for MurmurHash3_x86_32.
  @ParameterizedTest
  @CsvSource({
    "'', 0, 0",
    "'', 1, 514E28B7",
    "'', ffffffff, 81F16F39",
    "test, 0, ba6bd213",
    "test, 9747b28c, 704b81dc",
    "'Hello, world!', 0, c0363e43",
    "'Hello, world!', 9747b28c, 24884CBA",
    "The quick brown fox jumps over the lazy dog, 9747b28c, 2FA826CD",
  })
  void hashesAsPublished(String text, String seed, String hash) {
    assertThat(Murmur3.of(text, Integer.parseUnsignedInt(seed, 16)))
        .isEqualTo(Integer.parseUnsignedInt(hash, 16));
  }

  @Test
  void hashesAnyTextAsTheUtf8BytesOfItWithLoneSurrogatesReplaced() {
    Random random = new Random(SEED);
    for (int n = 0; n < 20_000; n++) {
      String text = randomText(random);
      int seed = random.nextInt();
      assertThat(Murmur3.of(text, seed)).as(text).isEqualTo(overBytes(utf8(text), seed));
    }
  }

  @Test
  void placesANumberWhereItsDecimalTextIs() {
    Random random = new Random(SEED);
    for (int n = 0; n < 20_000; n++) {
      long id = random.nextLong() >> random.nextInt(64);
      int seed = random.nextInt();
      assertThat(Zdd1.bucket(id, seed)).isEqualTo(Zdd1.bucket(Long.toString(id), seed));
    }
    for (long power = 1; power > 0 && power <= 1_000_000_000_000_000_000L; power *= 10) {
      for (long id : new long[] {power, power - 1, power + 1, -power, 1 - power}) {
        assertThat(Zdd1.bucket(id, 7)).isEqualTo(Zdd1.bucket(Long.toString(id), 7));
      }
      if (power == 1_000_000_000_000_000_000L) {
        break;
      }
    }
    for (long id : new long[] {0, Long.MAX_VALUE, Long.MIN_VALUE, Integer.MIN_VALUE}) {
      assertThat(Zdd1.bucket(id, 7)).isEqualTo(Zdd1.bucket(Long.toString(id), 7));
    }
  }

  @Test
  void raisingAPercentageOnlyAddsAndLoweringItGivesTheEarlierUsersBack() {
    Random random = new Random(SEED);
    for (int n = 0; n < 20_000; n++) {
      long bucket = Zdd1.bucket(randomText(random), random.nextInt());
      int lower = random.nextInt(1_000_001);
      int higher = lower + random.nextInt(1_000_001 - lower);
      if (bucket < Zdd1.threshold(lower)) {
        assertThat(bucket).isLessThan(Zdd1.threshold(higher));
      }
    }
    // And for every step that there is.
    for (int ppm = 1; ppm <= 1_000_000; ppm++) {
      if (Zdd1.threshold(ppm) <= Zdd1.threshold(ppm - 1)) {
        throw new AssertionError("threshold(" + ppm + ") does not rise");
      }
    }
  }

  @Test
  void nobodyIsInsideNothingAndEverybodyInsideAll() {
    assertThat(Zdd1.threshold(0)).isZero();
    assertThat(Zdd1.threshold(1_000_000)).isEqualTo(1L << 32);
    assertThat(Zdd1.bucket("ceQdGm", 0)).isEqualTo(0xFFFF_FFFFL).isLessThan(1L << 32);
  }

  @Test
  void takesAsManyAsThePercentageSays() {
    for (String salt : new String[] {"new-checkout", "search", "b", "新しい会計"}) {
      assertThat(share(salt, 100_000, Zdd1.threshold(100_000))).isCloseTo(0.1, within(0.004));
      assertThat(share(salt, 100_000, Zdd1.threshold(500_000))).isCloseTo(0.5, within(0.007));
    }
  }

  // Of the users inside one flag's 10 %, a tenth is inside another's; names that differ in one
  // character are where other libraries' hashes fail this.
  @Test
  void flagsTakeTheirUsersIndependentlyOfOneAnother() {
    long tenth = Zdd1.threshold(100_000);
    for (int a = 0; a < 8; a++) {
      for (int b = a + 1; b < 8; b++) {
        int one = Zdd1.seed("flag-" + a);
        int other = Zdd1.seed("flag-" + b);
        int both = 0;
        for (int id = 0; id < 100_000; id++) {
          if (Zdd1.bucket(id, one) < tenth && Zdd1.bucket(id, other) < tenth) {
            both++;
          }
        }
        // 1,000 expected, standard deviation 31.5; five of them.
        assertThat(both).as("flag-%s and flag-%s", a, b).isBetween(842, 1_158);
      }
    }
  }

  private static double share(String salt, int users, long threshold) {
    int seed = Zdd1.seed(salt);
    int inside = 0;
    for (int id = 0; id < users; id++) {
      if (Zdd1.bucket("user-" + id, seed) < threshold) {
        inside++;
      }
    }
    return (double) inside / users;
  }

  private static String randomText(Random random) {
    int[] limits = {0x80, 0x80, 0x800, 0x10000, 0x110000};
    int limit = limits[random.nextInt(limits.length)];
    StringBuilder text = new StringBuilder();
    for (int n = random.nextInt(24); n > 0; n--) {
      // Below 0x10000 this includes lone surrogates, and now and then a pair of them.
      text.appendCodePoint(
          random.nextInt(8) == 0 ? 0xD800 + random.nextInt(0x800) : random.nextInt(limit));
    }
    return text.toString();
  }

  private static byte[] utf8(String text) {
    int[] points = text.codePoints().map(p -> p >= 0xD800 && p <= 0xDFFF ? 0xFFFD : p).toArray();
    return new String(points, 0, points.length).getBytes(StandardCharsets.UTF_8);
  }

  /** The algorithm as it is published, over bytes. */
  private static int overBytes(byte[] bytes, int seed) {
    int h = seed;
    for (int i = 0; i < bytes.length; i += 4) {
      int k = 0;
      for (int j = i; j < Math.min(i + 4, bytes.length); j++) {
        k |= (bytes[j] & 0xFF) << 8 * (j - i);
      }
      k *= 0xCC9E2D51;
      k = k << 15 | k >>> 17;
      k *= 0x1B873593;
      h ^= k;
      if (i + 4 <= bytes.length) {
        h = h << 13 | h >>> 19;
        h = h * 5 + 0xE6546B64;
      }
    }
    h ^= bytes.length;
    h ^= h >>> 16;
    h *= 0x85EBCA6B;
    h ^= h >>> 13;
    h *= 0xC2B2AE35;
    return h ^ h >>> 16;
  }
}
