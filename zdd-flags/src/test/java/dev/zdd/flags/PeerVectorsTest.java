package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What other systems have published about their bucketings, against ours of their names. */
class PeerVectorsTest {
  @Test
  void takesTheUsersThatUnleashTakes() {
    assertThat(rows("unleash", "rollouts"))
        .hasSize(15)
        .allSatisfy(v -> {
          FlagDefinition definition =
              FlagDefinition.builder("any")
                  .enabled(true)
                  .bucketer("unleash")
                  .salt(v.text("salt"))
                  .percentage(v.text("percentage"))
                  .build();
          Flag flag = Flags.of(MemoryFlagSource.of(definition)).flag("any");
          assertThat(flag.isEnabled(v.text("id"))).isEqualTo(v.bool("in"));
        });
  }

  @Test
  void choosesTheVariantsThatUnleashChooses() {
    assertThat(rows("unleash", "variants"))
        .hasSize(18)
        .allSatisfy(v -> assertThat(part("unleash", v)).isEqualTo(v.number("part")));
  }

  @Test
  void placesIdsWhereSplitDoes() {
    assertThat(rows("split", "buckets"))
        .hasSize(200)
        .allSatisfy(v -> assertThat(place("split", v) + 1).isEqualTo(v.number("bucket")));
  }

  @Test
  void placesIdsWhereOptimizelyDoes() {
    assertThat(rows("optimizely", "buckets"))
        .hasSize(5)
        .allSatisfy(v -> assertThat(place("optimizely", v)).isEqualTo(v.number("bucket")));
  }

  @Test
  void placesIdsWhereGrowthBookDoes() {
    assertThat(rows("growthbook", "hashes"))
        .hasSize(14)
        .allSatisfy(v -> {
          long version = v.number("version");
          double share = place("growthbook" + version, v) / (version == 1 ? 1e3 : 1e4);
          assertThat(share).isEqualTo(Double.parseDouble(v.text("hash")));
        });
  }

  @Test
  void placesIdsWhereLaunchDarklyDoes() {
    assertThat(rows("launchdarkly", "buckets"))
        .hasSize(8)
        .allSatisfy(v ->
            assertThat(Math.scalb((float) place("launchdarkly", v), -60))
                .isEqualTo(Float.parseFloat(v.text("bucket"))));
  }

  @Test
  void placesIdsAndChoosesVariantsAsFlagdDoes() {
    assertThat(rows("flagd", "hashes"))
        .hasSize(5)
        .allSatisfy(v -> {
          assertThat(place("flagd2", v)).isEqualTo(v.number("hash"));
          assertThat(part("flagd2", v)).isEqualTo(v.number("part"));
        });
    assertThat(rows("flagd", "variants"))
        .hasSize(4)
        .allSatisfy(v -> assertThat(part("flagd2", v)).isEqualTo(v.number("part")));
  }

  private static List<Vectors.Row> rows(String system, String section) {
    return Vectors.of("peers/" + system + ".json", section);
  }

  private static long place(String bucketer, Vectors.Row v) {
    Percentage all = Percentage.parse("100");
    return Bucketing.of(bucketer).rollout(v.text("salt"), all).place(v.text("id"));
  }

  private static int part(String bucketer, Vectors.Row v) {
    Division division = Bucketing.of(bucketer).variants(v.text("salt"), v.weights());
    return division.part(division.place(v.text("id")));
  }
}
