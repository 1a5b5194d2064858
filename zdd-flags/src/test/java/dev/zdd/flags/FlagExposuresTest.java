package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlagExposuresTest {
  private static final String KEY = "new-checkout";
  private static final List<String> IDS =
      IntStream.range(0, 5_000).mapToObj(n -> "user-" + n).toList();
  private static final ExposureCounts.Band NOBODY = new ExposureCounts.Band(0, 0, 0);

  private final MemoryFlagSource source = MemoryFlagSource.of();
  private final Flag flag = Flags.of(source).flag(KEY);
  private final FlagExposures exposures = FlagExposures.of(flag);

  @Test
  void countsThoseInsideAndAnEquallyWideBandBesideThem() {
    assertBands("10", 1L << 32, 0.1, 0.2);
    assertBands("50", 1L << 32, 0.5, 1);
    assertBands("70", 1L << 32, 0.7, 1);
    assertBands("100", 1L << 32, 1, 1);
    assertBands("0", 1L << 32, 0, 0);
    source.set(on().bucketer("unleash").percentage("30").build());
    assertBands(100, 0.3, 0.6);
  }

  private void assertBands(String percentage, long places, double end, double besideEnd) {
    source.set(on().percentage(percentage).build());
    assertBands(places, end, besideEnd);
  }

  private void assertBands(long places, double end, double besideEnd) {
    long inside = 0;
    long beside = 0;
    for (String id : IDS) {
      double place = flag.explain(id).bucket().orElseThrow() / (double) places;
      inside += place < end ? 1 : 0;
      beside += place >= end && place < besideEnd ? 1 : 0;
      Exposure exposure = exposures.exposure(id);
      assertThat(exposure.isEnabled()).isEqualTo(place < end);
      exposure.succeeded(1);
    }
    ExposureCounts counts = exposures.counts();
    assertThat(counts.seen()).isEqualTo(new ExposureCounts.Band(inside, 0, 0));
    assertThat(counts.beside()).isEqualTo(new ExposureCounts.Band(beside, 0, 0));
  }

  @Test
  void whomAListOrARuleDecidesForIsNotCountedNorWhomNothingDecidesFor() {
    Rule staff = Rule.when(Condition.attribute("id", Operator.ENDS_WITH, "@shop"));
    Rule few = Rule.when(Condition.attribute("id", Operator.EQUALS, "eve")).percentage("100");
    source.set(on().allow("alice").deny("bob").rules(staff, few).percentage("50").build());
    assertUncounted("alice", true);
    assertUncounted("bob", false);
    assertUncounted("carol@shop", true);
    assertUncounted("eve", true);
    assertUncounted("", false);
    assertUncounted(null, false);
    assertThat(exposures.exposure((RequestContext) null).isEnabled()).isFalse();

    source.set(on().build());
    assertUncounted("dave", true);
    source.set(FlagDefinition.builder(KEY).percentage("100").build());
    assertUncounted("dave", false);
    source.set();
    assertUncounted("dave", false);
    assertThat(exposures.counts().percentage()).isNull();
  }

  private void assertUncounted(@Nullable String id, boolean enabled) {
    for (Exposure exposure :
        List.of(exposures.exposure(id), exposures.exposure(RequestContext.of(id)))) {
      assertThat(exposure.isEnabled()).isEqualTo(enabled);
      exposure.failed(1);
    }
    assertThat(exposures.counts().seen()).isEqualTo(NOBODY);
    assertThat(exposures.counts().beside()).isEqualTo(NOBODY);
  }

  @Test
  void countsWhatFailedAndWhatWasSlow() {
    FlagExposures brief = FlagExposures.of(flag, Duration.ofNanos(100));
    source.set(on().percentage("100").build());
    brief.exposure("a").succeeded(100);
    brief.exposure("b").succeeded(101);
    brief.exposure("c").failed(100);
    brief.exposure("d").failed(101);
    brief.exposure(RequestContext.of("e")).failed(-1);

    assertThat(brief.counts().seen()).isEqualTo(new ExposureCounts.Band(5, 3, 2));
    assertThat(flag.on()).as("evaluations in the meters").isEqualTo(5);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagExposures.of(flag, Duration.ZERO))
        .withMessage("slow: PT0S (expected: > 0 and <= PT1H)");
  }

  @Test
  void aChangeOfThePercentageBeginsAtZeroAndWhatBeganBeforeDoesNotCount() {
    source.set(on().percentage("100").build());
    Exposure before = exposures.exposure("a");
    exposures.exposure("b").succeeded(1);
    source.set(on().percentage("99.9999").build());
    before.failed(1);

    assertThat(exposures.counts())
        .isEqualTo(new ExposureCounts(Percentage.parse("99.9999"), "3", NOBODY, NOBODY));
    exposures.exposure("b").succeeded(1);
    assertThat(exposures.counts().seen().total()).isEqualTo(1);
  }

  @Test
  void aChangeOfOtherFlagsGoesOnCounting() {
    source.set(on().percentage("100").build());
    Exposure before = exposures.exposure("a");
    source.set(on().percentage("100").build(), FlagDefinition.builder("other").build());
    exposures.exposure("b").succeeded(1);
    before.failed(1);

    assertThat(exposures.counts())
        .isEqualTo(
            new ExposureCounts(
                Percentage.parse("100"), "2", new ExposureCounts.Band(2, 1, 0), NOBODY));
  }

  @Test
  void aRequestThatIsAnsweredFromAnOlderSnapshotDoesNotCountForTheNewStep() {
    source.set(on().percentage("100").build());
    RequestContext request = RequestContext.of("a");
    assertThat(flag.isEnabled(request)).isTrue();
    source.set(on().percentage("99.9999").build());

    exposures.exposure("b").succeeded(1);
    exposures.exposure(request).failed(1);
    assertThat(exposures.counts().seen()).isEqualTo(new ExposureCounts.Band(1, 0, 0));

    source.set(on().percentage("0").build());
    Exposure late = exposures.exposure(request);
    assertThat(late.isEnabled()).isTrue();
    late.failed(1);
    assertThat(exposures.counts().seen()).isEqualTo(NOBODY);
  }

  // The ids are all beside 10 % and all inside 20 %: a count in the wrong step is one in a band
  // that nobody can be in.
  @Test
  void noReloadPutsACountIntoTheWrongStep() throws Exception {
    source.set(on().percentage("10").build());
    List<String> between =
        IDS.stream()
            .filter(id -> !flag.isEnabled(id))
            .filter(id -> flag.explain(id).bucket().orElseThrow() < Zdd1.threshold(200_000))
            .toList();
    AtomicBoolean over = new AtomicBoolean();
    List<FutureTask<Void>> askers = new ArrayList<>();
    for (int n = 0; n < 2; n++) {
      FutureTask<Void> asker =
          new FutureTask<>(
              () -> {
                for (int i = 0; !over.get(); i++) {
                  exposures.exposure(between.get(i % between.size())).succeeded(1);
                }
              },
              null);
      askers.add(asker);
      new Thread(asker, "asker").start();
    }
    long counted = 0;
    try {
      for (int n = 0; n < 3_000; n++) {
        boolean twenty = n % 2 == 0;
        source.set(on().percentage(twenty ? "20" : "10").build());
        ExposureCounts counts = exposures.counts();
        while (n % 100 == 0 && counts.seen().total() + counts.beside().total() == 0) {
          counts = exposures.counts();
        }
        assertThat((twenty ? counts.beside() : counts.seen()).total()).isZero();
        counted += (twenty ? counts.seen() : counts.beside()).total();
      }
    } finally {
      over.set(true);
    }
    for (FutureTask<Void> asker : askers) {
      asker.get();
    }
    assertThat(counted).isPositive();
  }

  private static FlagDefinition.Builder on() {
    return FlagDefinition.builder(KEY).enabled(true);
  }
}
