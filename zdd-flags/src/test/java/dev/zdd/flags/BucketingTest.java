package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BucketingTest {
  // A salt that all of them take.
  private static final String SALT = "-1222652054";
  private static final List<String> IDS =
      IntStream.range(0, 20_000).mapToObj(n -> "user-" + n).toList();

  static Iterable<String> names() {
    return Bucketing.BY_NAME.keySet();
  }

  @ParameterizedTest
  @MethodSource("names")
  void nobodyIsInsideNothingAndEverybodyInsideAll(String bucketer) {
    assertThat(taken(bucketer, "0")).isEmpty();
    assertThat(taken(bucketer, "100")).isEqualTo(IDS);
  }

  @ParameterizedTest
  @MethodSource("names")
  void raisingAPercentageOnlyAddsAndTakesAsManyAsItSays(String bucketer) {
    List<String> before = List.of();
    for (int percent = 1; percent < 100; percent++) {
      List<String> now = taken(bucketer, Integer.toString(percent));
      assertThat(new HashSet<>(now).containsAll(before)).isTrue();
      // GrowthBook 1 takes 0.1 % more than it says, and its hash is the least even.
      assertThat(now.size() / (double) IDS.size()).isCloseTo(percent / 100.0, within(0.02));
      before = now;
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void sharesTheIdsOutByTheWeights(String bucketer) {
    Division division = Bucketing.of(bucketer).variants(SALT, Weights.of(10, 0, 60, 30));
    int[] count = new int[4];
    IDS.forEach(id -> count[division.part(division.place(id))]++);
    assertThat(count[0]).isBetween(1_800, 2_200);
    assertThat(count[1]).isZero();
    assertThat(count[2]).isBetween(11_600, 12_400);
    assertThat(count[3]).isBetween(5_600, 6_400);
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFlagDecidesByItAndExplainsInItsOwnScale(String bucketer) {
    Flag flag = flag(bucketer, "12");
    Division division = Bucketing.of(bucketer).rollout(SALT, Percentage.parse("12"));
    for (int id = 0; id < 1_000; id++) {
      String text = Integer.toString(id);
      long place = division.place(text);
      Decision decision = flag.explain(text);
      assertThat(decision.enabled())
          .isEqualTo(flag.isEnabled(text))
          .isEqualTo(flag.isEnabled(id))
          .isEqualTo(division.part(place) == 0)
          .isEqualTo(decision.detail().contains(" is inside 12 %, the buckets below "));
      assertThat(decision.detail()).startsWith("bucket " + place + " of ");
      assertThat(decision.bucket()).hasValue(place);
      assertThat(flag.explain(id)).isEqualTo(decision);
    }
  }

  @Test
  void explainCountsInPlacesOrInSharesOfAPowerOfTwo() {
    assertThat(flag("unleash", "50").explain("alice").detail())
        .matches("bucket \\d\\d? of 100 is (in|out)side 50 %, the buckets below 50");
    assertThat(flag("launchdarkly", "50").explain("alice").detail())
        .matches(
            "bucket \\d+ of 2\\^60 \\(\\d+\\.\\d{4} %\\) is (in|out)side 50 %,"
                + " the buckets below 576460752303423488");
  }

  @ParameterizedTest
  @MethodSource("names")
  void anyIdIsAnsweredWhateverTheSystem(String bucketer) {
    Flag flag = flag(bucketer, "50");
    for (String id : List.of("x".repeat(1 << 20), "\ud83d\ude00", "\ud800", "\udfff\ud800", "\0")) {
      assertThat(flag.explain(id).enabled()).isEqualTo(flag.isEnabled(id));
    }
    assertThat(flag.isEnabled((String) null, true)).isFalse();
    assertThat(flag.explain((String) null).reason()).isEqualTo(Reason.NO_UNIT);
    assertThat(flag.isEnabled("", true)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unleash | 12.5 | 1 %",
        "split | 0.0001 | 1 %",
        "optimizely | 12.505 | 0.01 %",
        "launchdarkly | 12.0001 | 0.001 %",
      })
  void refusesAPercentageThatTheSystemCannotExpress(String bucketer, String percent, String step) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> definition(bucketer, percent))
        .withMessage(
            "percentage: %s %% (expected with bucketer \"%s\": steps of %s)",
            percent, bucketer, step);
  }

  @ParameterizedTest
  @CsvSource({
    "unleash, 12", "split, 12", "optimizely, 12.51", "launchdarkly, 12.001",
    "growthbook1, 12.0001", "growthbook2, 12.0001", "flagd2, 12.0001", "zdd1, 12.0001",
  })
  void takesAPercentageThatTheSystemCanExpress(String bucketer, String percent) {
    assertThat(definition(bucketer, percent).percentage()).isEqualTo(Percentage.parse(percent));
  }

  @ParameterizedTest
  @CsvSource({"unleash, 1", "split, 0", "optimizely, 0", "launchdarkly, 0"})
  void refusesWeightsThatTheSystemCannotExpress(String bucketer, int takes) {
    Weights thirds = Weights.of(1, 1, 1);
    Bucketing bucketing = Bucketing.of(bucketer);
    if (takes == 1) {
      assertThat(bucketing.variants(SALT, thirds).part(2)).isEqualTo(2);
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> bucketing.variants(SALT, thirds))
          .withMessageMatching(
              "weights: \\[1, 1, 1] \\(expected with bucketer \""
                  + bucketer
                  + "\": whole parts of 10+\\)");
    }
  }

  @Test
  void refusesWeightsThatShareOutNothingOrTooMuch() {
    for (int[] weights : new int[][] {{}, {0}, {0, 0}, {5, -1}, {Integer.MAX_VALUE, 1}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Weights.of(weights))
          .withMessageEndingWith(" (expected: none negative, and their sum 1 to 2147483647)");
    }
  }

  @ParameterizedTest
  @CsvSource({"checkout", "007", "+7", "-0", "2147483648", "1.0", "' 7'"})
  void splitRefusesASaltThatIsNotASeed(String salt) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> FlagDefinition.builder("a").bucketer("split").salt(salt).percentage("50").build())
        .withMessage(
            "salt: \"%s\" (expected with bucketer \"split\": the seed of the flag, a whole number of"
                + " 32 bits)",
            salt);
    // Without a percentage nothing asks for it.
    assertThat(FlagDefinition.builder("a").bucketer("split").salt(salt).build().salt())
        .isEqualTo(salt);
  }

  // LaunchDarkly's own arithmetic, in the floats that it is done in.
  @Test
  void launchDarklyRoundsAsLaunchDarklyDoes() throws Exception {
    int[] weights = {14_286, 14_286, 14_286, 14_286, 14_286, 14_285, 14_285};
    Division division = new LaunchDarkly().variants("k.s", Weights.of(weights));
    float scale = (float) 0xFFF_FFFF_FFFF_FFFFL;
    for (String id : IDS) {
      float bucket = first60Bits("k.s." + id) / scale;
      assertThat(Math.scalb((float) division.place(id), -60)).isEqualTo(bucket);
      assertThat(division.part(division.place(id))).isEqualTo(inOrder(bucket, weights));
    }
    // And on the ends themselves, where the order of the roundings decides.
    float sum = 0;
    for (int weight : weights) {
      sum += weight / 100_000f;
      for (float bucket : new float[] {Math.nextDown(sum), sum, Math.nextUp(sum)}) {
        assertThat(division.part((long) Math.scalb(bucket, 60)))
            .isEqualTo(inOrder(bucket, weights));
      }
    }
  }

  private static int inOrder(float bucket, int[] weights) {
    float sum = 0;
    for (int n = 0; n < weights.length; n++) {
      sum += weights[n] / 100_000f;
      if (bucket < sum) {
        return n;
      }
    }
    return weights.length - 1;
  }

  private static float first60Bits(String input) throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-1").digest(input.getBytes(StandardCharsets.UTF_8));
    return new BigInteger(1, hash).shiftRight(100).longValueExact();
  }

  @Test
  void launchDarklysLastPlaceIsInsideAllAndOutsideAllLess() {
    long last = 1L << 60;
    LaunchDarkly launchDarkly = new LaunchDarkly();
    assertThat(launchDarkly.rollout("k.s", Percentage.parse("100")).part(last)).isZero();
    assertThat(launchDarkly.rollout("k.s", Percentage.parse("99.999")).part(last)).isOne();
  }

  // n <= coverage, so 25 % are 251 of 1,000 places.
  @Test
  void growthBookTakesThePlaceAtItsCoverageToo() {
    assertThat(new GrowthBook(1).rollout("s", Percentage.parse("25")).end()).isEqualTo(251);
    assertThat(new GrowthBook(1).rollout("s", Percentage.parse("25.0999")).end()).isEqualTo(251);
    assertThat(new GrowthBook(2).rollout("s", Percentage.parse("25")).end()).isEqualTo(2_501);
    assertThat(new GrowthBook(2).rollout("s", Percentage.parse("0.0001")).end()).isOne();
    assertThat(new GrowthBook(2).rollout("s", Percentage.parse("0")).end()).isZero();
  }

  // 0.1 + 0.2 is a little more than 0.3 in a double, and GrowthBook adds doubles.
  @Test
  void growthBookAddsItsWeightsAsDoubles() {
    for (int version = 1; version <= 2; version++) {
      int size = version == 1 ? 1_000 : 10_000;
      for (int[] weights : new int[][] {{1, 2, 7}, {1, 1, 1}, {7, 1, 2}, {3334, 3333, 3333}}) {
        Division division = new GrowthBook(version).variants("s", Weights.of(weights));
        double total = IntStream.of(weights).sum();
        for (int place = 0; place < size; place++) {
          double n = (double) place / size;
          int part = 0;
          double end = weights[0] / total;
          while (n >= end) {
            part++;
            end += weights[part] / total;
          }
          assertThat(division.part(place)).isEqualTo(part);
        }
      }
    }
    Division division = new GrowthBook(1).variants("s", Weights.of(1, 2, 7));
    assertThat(division.part(300)).isOne();
    assertThat(division.part(301)).isEqualTo(2);
  }

  // (hash × total) >>> 32 < sum, as flagd has it.
  @Test
  void flagdsEndsAreRoundedUp() {
    for (int[] weights : new int[][] {{1, 2}, {33, 33, 34}, {1, Integer.MAX_VALUE - 1}}) {
      long total = IntStream.of(weights).asLongStream().sum();
      Division division = new Flagd2().variants("f", Weights.of(weights));
      for (long near = 0; near <= 100; near++) {
        long seam = (near * (1L << 32)) / total;
        for (long hash = Math.max(0, seam - 1); hash <= Math.min(seam + 1, 0xFFFF_FFFFL); hash++) {
          long value = (hash * total) >>> 32;
          int part = 0;
          long sum = weights[0];
          while (value >= sum) {
            part++;
            sum += weights[part];
          }
          assertThat(division.part(hash)).isEqualTo(part);
        }
      }
    }
  }

  // The same hash for both would put all of a small percentage into the first variant.
  @ParameterizedTest
  @CsvSource({"zdd1", "unleash"})
  void thePercentageSaysNothingOfTheVariant(String bucketer) {
    Division variants = Bucketing.of(bucketer).variants(SALT, Weights.of(1, 1));
    List<String> tenth = taken(bucketer, "10");
    long first = tenth.stream().filter(id -> variants.part(variants.place(id)) == 0).count();
    assertThat((double) first / tenth.size()).isCloseTo(0.5, within(0.05));
  }

  @Test
  void loneSurrogatesAreQuestionMarksAsInJavasEncoder() {
    for (String bucketer : List.of("unleash", "split", "optimizely", "flagd2", "launchdarkly")) {
      Division division = Bucketing.of(bucketer).rollout(SALT, Percentage.parse("50"));
      assertThat(division.place("a\ud800b")).as(bucketer).isEqualTo(division.place("a?b"));
      assertThat(division.place("a\ud83d\ude00")).isNotEqualTo(division.place("a??"));
    }
  }

  private static List<String> taken(String bucketer, String percentage) {
    return IDS.stream().filter(flag(bucketer, percentage)::isEnabled).toList();
  }

  private static Flag flag(String bucketer, String percentage) {
    return Flags.of(MemoryFlagSource.of(definition(bucketer, percentage))).flag("any");
  }

  private static FlagDefinition definition(String bucketer, String percentage) {
    return FlagDefinition.builder("any")
        .enabled(true)
        .bucketer(bucketer)
        .salt(SALT)
        .percentage(percentage)
        .build();
  }
}
