package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Documents that somebody has damaged: each is read, or refused with FlagDocumentException, and
 * nothing else comes out. {@code -Dzdd.fuzz=1000000} for more of them, {@code -Dzdd.fuzz.seed=…}
 * for others.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class FlagDocumentFuzzTest {
  private static final int INPUTS = Integer.getInteger("zdd.fuzz", 5_000);
  private static final long SEED = Long.getLong("zdd.fuzz.seed", 5);
  private static final Duration LONGEST = Duration.ofSeconds(5); // of a machine that stands still

  private static final String WHOLE =
      """
      {"version": 7, "retired": ["old"], "segments": {"staff": {"include": ["alice"],
       "exclude": ["m"], "when": [{"attribute": "mail", "operator": "endsWith",
       "values": ["@shop.example"], "ignoreCase": true, "not": false}]}},
       "flags": {"new": {"type": "experiment", "enabled": true, "from": "2026-12-01T08:00:00+01:00",
       "until": "2027-01-31", "deny": ["bob"], "allow": ["alice", "42"],
       "requires": ["pay", {"flag": "theme", "variants": ["dark"]}, {"flag": "f", "enabled": false}],
       "rules": [{"name": "staff", "when": [{"segment": "staff"}], "variant": "red"},
        {"when": [{"attribute": "v", "operator": "version<", "values": ["1.2.3-rc.1"]},
         {"attribute": "ip", "operator": "cidr", "values": ["10.0.0.0/8", "fd00::/8"]},
         {"attribute": "t", "operator": "after", "values": ["2026-01-01"]},
         {"attribute": "n", "operator": "number>=", "values": [18, "21.5", 1e3]},
         {"attribute": "m", "operator": "matches", "values": ["^(a|b)+[0-9]{2,3}$"]}],
         "percentage": 50, "salt": "s", "weights": {"red": 1, "blue": 3}, "goesOn": true}],
       "percentage": "12.5", "variants": [{"name": "red", "weight": 1, "value": {"rgb": [255, 0.5]}},
        {"name": "blue", "weight": 2, "value": []}], "unit": "tenant", "salt": "spring",
       "bucketer": "zdd1", "owner": "team", "created": "2026-11-01", "expires": "2027-01-31"},
       "pay": {"enabled": true, "bucketer": "launchdarkly", "salt": "x", "percentage": "33.333"},
       "theme": {"enabled": true, "variants": [{"name": "dark", "weight": 1}]},
       "f": {"enabled": false, "variants": [{"name": "n", "weight": 1, "value": -1.50e2}]}}}
      """;
  private static final List<String> TOKENS =
      List.of(
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "null",
          "true",
          "false",
          "NaN",
          "-Infinity",
          "0",
          "-1",
          "1e400",
          "1e-400",
          "1E+2147483647",
          "9".repeat(400),
          "0.00000001",
          "\"\"",
          "\"\\u0000\"",
          "\"\\ud800\"",
          "\"\\udc00\\ud800\"",
          "\\",
          "[".repeat(1200),
          "{\"a\":".repeat(1200),
          "\"x\": {\"enabled\": true},",
          "\"enabled\": true,",
          "\"percentage\": \"100.0001\",",
          "\"bucketer\": \"unleash\",",
          "\"operator\": \"matches\",",
          "\"values\": [\"(a+)+\"],",
          "\"requires\": [\"new\"],",
          "\"variants\": [],",
          "\"weight\": 2147483648,",
          "\"segment\": \"staff\",",
          "2027-02-30",
          "x".repeat(5000),
          "\u0000",
          "\ufeff",
          "\uffff",
          "/* */",
          "//",
          "'",
          "\r\n",
          "\u2028");

  @Test
  void nothingButItsOwnExceptionComesOut() throws Exception {
    Random random = new Random(SEED);
    byte[] whole = WHOLE.getBytes(UTF_8);
    assertThat(FlagDocument.parse(whole).definitions()).hasSize(4);
    int read = 0;
    long slowest = 0;
    for (int n = 0; n < INPUTS; n++) {
      byte[] input = whole;
      for (int times = 1 + random.nextInt(4); times > 0; times--) {
        input = damaged(input, random);
      }
      long began = System.nanoTime();
      try {
        FlagDocument.parse(input);
        read++;
      } catch (FlagDocumentException e) {
        String said = String.valueOf(e.getMessage());
        if (said.isEmpty() || said.chars().anyMatch(Character::isISOControl)) {
          fail("seed %d, input %d, %s: %s", SEED, n, said, HexFormat.of().formatHex(input));
        }
      } catch (RuntimeException | Error e) {
        fail("seed " + SEED + ", input " + n + ": " + HexFormat.of().formatHex(input), e);
      }
      long took = System.nanoTime() - began;
      if (took > LONGEST.toNanos()) {
        fail("seed %d, input %d took %d ms", SEED, n, took / 1_000_000);
      }
      slowest = Math.max(slowest, took);
    }
    System.out.printf(
        "%,d inputs, %,d of them documents; the slowest took %.1f ms%n",
        INPUTS, read, slowest / 1e6);
    if (read < INPUTS / 100 || read > INPUTS - INPUTS / 100) {
      fail("%d of %d inputs were documents: no test of both", read, INPUTS);
    }
  }

  private static byte[] damaged(byte[] input, Random random) {
    int length = input.length;
    int at = random.nextInt(length + 1);
    int to = Math.min(length, at + 1 + random.nextInt(random.nextInt(10) == 0 ? 200 : 8));
    return switch (random.nextInt(7)) {
      case 0 -> spliced(input, at, to, new byte[0]);
      case 1 -> spliced(input, at, at, token(random));
      case 2 -> spliced(input, at, to, token(random));
      case 3 -> spliced(input, at, at, java.util.Arrays.copyOfRange(input, at, to)); // twice
      case 4 -> flipped(input, random);
      case 5 -> random.nextInt(4) == 0 ? java.util.Arrays.copyOf(input, at) : input;
      default -> swapped(input, random);
    };
  }

  private static byte[] token(Random random) {
    return TOKENS.get(random.nextInt(TOKENS.size())).getBytes(UTF_8);
  }

  private static byte[] flipped(byte[] input, Random random) {
    byte[] flipped = input.clone();
    if (flipped.length > 0) {
      flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return flipped;
  }

  // Two pieces in each other's place.
  private static byte[] swapped(byte[] input, Random random) {
    if (input.length < 40) {
      return input;
    }
    int one = random.nextInt(input.length / 2 - 10);
    int other = input.length / 2 + random.nextInt(input.length / 2 - 10);
    byte[] swapped = input.clone();
    System.arraycopy(input, one, swapped, other, 10);
    System.arraycopy(input, other, swapped, one, 10);
    return swapped;
  }

  private static byte[] spliced(byte[] input, int from, int to, byte[] between) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(input, 0, from);
    out.writeBytes(between);
    out.write(input, to, input.length - to);
    return out.toByteArray();
  }
}
