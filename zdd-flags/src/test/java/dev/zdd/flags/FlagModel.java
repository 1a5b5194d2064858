package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * What three flags should answer: {@code docs/bucketing.md} and the order of {@code docs/flags.md}
 * written down once more, by nothing of what is tested. Immutable.
 *
 * @param step rises with each one that is published
 */
record FlagModel(int step, Map<String, One> flags) {
  static final List<String> KEYS = List.of("checkout", "search", "größe");

  /** Somebody of "user-0" to "user-999", and some whose names are not ASCII. */
  static String id(int number) {
    return (number % 7 == 0 ? "ベン-" : "user-") + Math.floorMod(number, 1000);
  }

  /** One flag. */
  record One(boolean enabled, Set<String> deny, Set<String> allow, int ppm) {
    FlagDefinition definition(String key) {
      return FlagDefinition.builder(key)
          .enabled(enabled)
          .deny(deny.toArray(String[]::new))
          .allow(allow.toArray(String[]::new))
          .percentage(BigDecimal.valueOf(ppm, 4).toPlainString())
          .build();
    }

    private static One any(Random random) {
      return new One(
          random.nextInt(4) > 0,
          Set.of(id(2 * random.nextInt(500))),
          Set.of(id(2 * random.nextInt(500) + 1)),
          random.nextInt(1_000_001));
    }
  }

  FlagModel {
    flags = Map.copyOf(flags);
  }

  static FlagModel first(int step) {
    Map<String, One> flags = new LinkedHashMap<>();
    KEYS.forEach(key -> flags.put(key, One.any(new Random(key.hashCode()))));
    return new FlagModel(step, flags);
  }

  /** This with one flag, {@link #changed}, that is another. */
  FlagModel next(int step) {
    Map<String, One> next = new LinkedHashMap<>(flags);
    next.put(KEYS.get(step % KEYS.size()), One.any(new Random(step)));
    return new FlagModel(step, next);
  }

  /** The flag that differs from those of the model before. */
  FlagDefinition changed() {
    return definition(KEYS.get(step % KEYS.size()));
  }

  FlagSnapshot snapshot() {
    return new FlagSnapshot("model", KEYS.stream().map(this::definition).toList());
  }

  boolean isOn(String key, String id) {
    One flag = flag(key);
    if (!flag.enabled || flag.deny.contains(id)) {
      return false;
    }
    long threshold = flag.ppm * (1L << 32) / 1_000_000;
    return flag.allow.contains(id) || bucket(key, id) < threshold;
  }

  private FlagDefinition definition(String key) {
    return flag(key).definition(key);
  }

  private One flag(String key) {
    return requireNonNull(flags.get(key));
  }

  private static long bucket(String salt, String id) {
    return Integer.toUnsignedLong(murmur3(id.getBytes(UTF_8), murmur3(salt.getBytes(UTF_8), 0)));
  }

  /** MurmurHash3_x86_32, as its author published it. */
  private static int murmur3(byte[] bytes, int seed) {
    int hash = seed;
    for (int from = 0; from < bytes.length; from += 4) {
      int block = 0;
      for (int n = from; n < Math.min(from + 4, bytes.length); n++) {
        block |= (bytes[n] & 0xff) << (8 * (n - from));
      }
      hash ^= Integer.rotateLeft(block * 0xcc9e2d51, 15) * 0x1b873593;
      if (from + 4 <= bytes.length) {
        hash = Integer.rotateLeft(hash, 13) * 5 + 0xe6546b64;
      }
    }
    hash ^= bytes.length;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
