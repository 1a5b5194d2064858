package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds for any id, salt and percentage, whatever the bucketing. */
class BucketingPropertyTest {
  private static final int IDS = 5_000;

  /**
   * How far, in standard deviations, the number of ids that two flags share may be from what
   * independence lets expect: see {@link #deviation}. Chance alone goes beyond it once in 5 × 10^8
   * pairs.
   */
  private static final double MOST_DEVIATIONS = 6;

  /** Ids as programs have them. */
  enum Family {
    SEQUENTIAL((n, random) -> Integer.toString(1_000_000 + n)),
    UUIDS((n, random) -> new UUID(random.nextLong(), random.nextLong()).toString()),
    MAILS((n, random) -> "user." + n + "@shop" + n % 7 + ".example");

    private final List<String> ids;

    Family(BiFunction<Integer, Random, String> id) {
      Random random = new Random(7);
      ids = IntStream.range(0, IDS).mapToObj(n -> id.apply(n, random)).toList();
    }
  }

  /** A flag as far as its bucketing goes. */
  record Place(String bucketer, String salt) {
    FlagDefinition.Builder definition(int ppm) {
      return FlagDefinition.builder("any")
          .enabled(true)
          .bucketer(bucketer)
          .salt(salt)
          .percentage(percentage(ppm).toString().replace(" %", ""));
    }

    // What the system cannot express is rounded down to what it can.
    Percentage percentage(int ppm) {
      int step =
          switch (bucketer) {
            case "unleash", "split" -> 10_000;
            case "optimizely" -> 100;
            case "launchdarkly" -> 10;
            default -> 1;
          };
      return new Percentage(ppm - ppm % step);
    }

    Rollout rollout(int ppm) {
      return Rollout.of(bucketer, salt, percentage(ppm));
    }
  }

  /** Two flags of one bucketing, and what each of them takes. */
  record Pair(Place first, Place second, int firstPpm, int secondPpm) {}

  @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
  void raisingAPercentageOnlyAddsIds(
      @ForAll("places") Place place,
      @ForAll("ramps") List<Integer> ramp,
      @ForAll("ids") List<String> ids) {
    List<String> before = List.of();
    for (int ppm : ramp) {
      Rollout rollout = place.rollout(ppm);
      List<String> now = ids.stream().filter(rollout::takes).toList();
      assertThat(now).as("%s ppm", ppm).containsAll(before);
      before = now;
    }
    assertThat(before).isEqualTo(ids);
  }

  @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
  void loweringAndRaisingAgainRestoresTheSameIds(
      @ForAll("places") Place place,
      @ForAll("percentages") int ppm,
      @ForAll("percentages") int meanwhile,
      @ForAll("ids") List<String> ids) {
    MemoryFlagSource source = MemoryFlagSource.of(place.definition(ppm).build());
    Flag flag = Flags.of(source).flag("any");
    List<String> before = ids.stream().filter(flag::isEnabled).toList();
    source.set(place.definition(meanwhile).build());
    List<String> between = ids.stream().filter(flag::isEnabled).toList();
    if (meanwhile <= ppm) {
      assertThat(before).containsAll(between);
    } else {
      assertThat(between).containsAll(before);
    }
    source.set(place.definition(ppm).build());
    assertThat(ids.stream().filter(flag::isEnabled)).isEqualTo(before);
  }

  @Property(tries = 80, edgeCases = EdgeCasesMode.NONE)
  void aVariantStaysWhileTheTotalRamps(
      @ForAll("places") Place place,
      @ForAll("percentages") int one,
      @ForAll("percentages") int other,
      @ForAll("weights") List<Integer> weights,
      @ForAll("ids") List<String> ids) {
    List<Variant> variants = new ArrayList<>();
    for (int weight : weights) {
      String name = "v" + variants.size();
      variants.add(new Variant(name, weight, new FlagValue.Text(name)));
    }
    Flag lower = ramped(place, Math.min(one, other), variants);
    Flag higher = ramped(place, Math.max(one, other), variants);
    for (String id : ids) {
      Variant variant = lower.variant(id);
      if (variant != null) {
        assertThat(higher.variant(id)).as(id).isEqualTo(variant);
      }
    }
  }

  private static Flag ramped(Place place, int ppm, List<Variant> variants) {
    return Flags.of(
            MemoryFlagSource.of(
                place.definition(ppm).variants(variants.toArray(Variant[]::new)).build()))
        .flag("any");
  }

  @Property(tries = 500)
  void aLongIdIsItsDecimalText(
      @ForAll("places") Place place, @ForAll("percentages") int ppm, @ForAll long id) {
    Rollout rollout = place.rollout(ppm);
    String text = Long.toString(id);
    assertThat(rollout.bucket(id)).isEqualTo(rollout.bucket(text));
    Flag flag = Flags.of(MemoryFlagSource.of(place.definition(ppm).build())).flag("any");
    assertThat(flag.isEnabled(id)).isEqualTo(flag.isEnabled(text)).isEqualTo(rollout.takes(text));
  }

  @Property(tries = 120)
  void twoFlagsAreIndependent(@ForAll("pairs") Pair pair, @ForAll Family family) {
    assertThat(Math.abs(deviation(pair, family))).isLessThan(MOST_DEVIATIONS);
  }

  @Example
  void theBoundOfIndependenceIsFarBelowWhatOneSaltForBothWouldGive() {
    for (String bucketer : Bucketing.BY_NAME.keySet()) {
      Place place = new Place(bucketer, "7");
      for (Family family : Family.values()) {
        assertThat(deviation(new Pair(place, place, 500_000, 500_000), family)).isGreaterThan(65);
      }
    }
  }

  // Which is why docs/bucketing.md says so, and why twoFlagsAreIndependent leaves it out.
  @Example
  void flagsOfGrowthBook1WithSimilarKeysAreNotIndependent() {
    Place one = new Place(GrowthBook.NAME_1, "flag-1");
    Place other = new Place(GrowthBook.NAME_1, "flag-2");
    assertThat(Math.abs(deviation(new Pair(one, other, 100_000, 100_000), Family.SEQUENTIAL)))
        .isGreaterThan(MOST_DEVIATIONS);
  }

  /**
   * By how many standard deviations the number of shared ids is too high. Given that the flags take
   * {@code a} and {@code b} of {@code n} ids, and independently, they share {@code ab / n} with the
   * variance {@code ab(n - a)(n - b) / (n²(n - 1))}: the hypergeometric distribution.
   */
  private static double deviation(Pair pair, Family family) {
    Rollout first = pair.first.rollout(pair.firstPpm);
    Rollout second = pair.second.rollout(pair.secondPpm);
    double n = IDS;
    double a = 0;
    double b = 0;
    double both = 0;
    for (String id : family.ids) {
      boolean inFirst = first.takes(id);
      boolean inSecond = second.takes(id);
      a += inFirst ? 1 : 0;
      b += inSecond ? 1 : 0;
      both += inFirst && inSecond ? 1 : 0;
    }
    return (both - a * b / n) / Math.sqrt(a * b * (n - a) * (n - b) / (n * n * (n - 1)));
  }

  @Provide
  Arbitrary<Place> places() {
    return Arbitraries.of(Bucketing.BY_NAME.keySet())
        .flatMap(bucketer -> salts(bucketer).map(salt -> new Place(bucketer, salt)));
  }

  private static Arbitrary<String> salts(String bucketer) {
    return bucketer.equals(Split.NAME)
        ? Arbitraries.integers().map(String::valueOf)
        : Arbitraries.strings().ofMinLength(1).ofMaxLength(30);
  }

  // Different salts, half of them alike but for a number: "checkout1", "checkout2".
  @Provide
  Arbitrary<Pair> pairs() {
    Arbitrary<Integer> shares = Arbitraries.integers().between(10, 90).map(n -> n * 10_000);
    return Arbitraries.of(Bucketing.BY_NAME.keySet())
        .filter(bucketer -> !bucketer.equals(GrowthBook.NAME_1))
        .flatMap(bucketer -> {
          Arbitrary<String> alike =
              Combinators.combine(
                      Arbitraries.of(bucketer.equals(Split.NAME) ? "1" : "checkout"),
                      Arbitraries.integers().between(0, 99))
                  .as((stem, n) -> stem + n);
          Arbitrary<List<String>> salts =
              Arbitraries.oneOf(
                  alike.list().ofSize(2).uniqueElements(),
                  salts(bucketer).list().ofSize(2).uniqueElements());
          return Combinators.combine(salts, shares, shares)
              .as((two, first, second) ->
                  new Pair(
                      new Place(bucketer, two.get(0)),
                      new Place(bucketer, two.get(1)),
                      first,
                      second));
        });
  }

  @Provide
  Arbitrary<Integer> percentages() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(0, Percentage.ALL_PPM),
        Arbitraries.integers().between(0, 100).map(percent -> percent * 10_000));
  }

  // Rising, and up to all.
  @Provide
  Arbitrary<List<Integer>> ramps() {
    return percentages()
        .list()
        .ofSize(20)
        .map(steps -> {
          List<Integer> ramp = new ArrayList<>(steps);
          ramp.add(Percentage.ALL_PPM);
          ramp.sort(null);
          return ramp;
        });
  }

  // Of any characters, lone surrogates among them, and of the families.
  @Provide
  Arbitrary<List<String>> ids() {
    return Arbitraries.oneOf(
            Arbitraries.strings().ofMinLength(1).ofMaxLength(40),
            Arbitraries.of(Family.values()).flatMap(family -> Arbitraries.of(family.ids)))
        .list()
        .ofSize(50);
  }

  // Parts of a hundred, which every system can express.
  @Provide
  Arbitrary<List<Integer>> weights() {
    return Arbitraries.integers()
        .between(0, 100)
        .list()
        .ofMinSize(1)
        .ofMaxSize(4)
        .map(cuts -> {
          List<Integer> sorted = new ArrayList<>(cuts);
          sorted.sort(null);
          sorted.add(100);
          List<Integer> weights = new ArrayList<>();
          int from = 0;
          for (int cut : sorted) {
            weights.add(cut - from);
            from = cut;
          }
          return weights;
        });
  }
}
