package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FlagTest {
  private static final String KEY = "new-checkout";

  @Test
  void anUnknownFlagAnswersTheCallersDefault() {
    Flag flag = Flags.of(MemoryFlagSource.of()).flag(KEY);

    assertThat(flag.isEnabled("alice")).isFalse();
    assertThat(flag.isEnabled("alice", true)).isTrue();
    assertThat(flag.isEnabled(7L, true)).isTrue();
    assertThat(flag.isEnabled((String) null, true)).isTrue();
    assertThat(flag.explain("alice", true).enabled()).isTrue();
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.ERROR);
    assertThat(flag.explain("alice").detail()).contains("memory has no such flag");
  }

  @Test
  void beforeTheFirstSnapshotTheReasonIsDefaultAndNotAnErrorOfTheCaller() {
    Flag flag = Flags.of(new SilentSource()).flag(KEY);

    assertThat(flag.isEnabled("alice", true)).isTrue();
    Decision decision = flag.explain("alice");
    assertThat(decision.reason()).isEqualTo(Reason.DEFAULT);
    assertThat(decision.version()).isNull();
    assertThat(decision.detail()).contains("nothing has been read from silence yet");
  }

  @Test
  void aDisabledFlagIsOffForEverybodyTheAllowListIncluded() {
    Flag flag = flag(FlagDefinition.builder(KEY).allow("alice").percentage("100").build());

    assertThat(flag.isEnabled("alice", true)).isFalse();
    assertThat(flag.isEnabled("bob", true)).isFalse();
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.DISABLED);
    assertThat(flag.explain((String) null).reason()).isEqualTo(Reason.DISABLED);
  }

  @Test
  void theAllowListGoesBeforeThePercentage() {
    Flag flag = flag(on().allow("alice", "42", "007").percentage("0").build());

    assertThat(flag.isEnabled("alice")).isTrue();
    assertThat(flag.isEnabled("bob")).isFalse();
    assertThat(flag.isEnabled("42")).isTrue();
    assertThat(flag.isEnabled(42)).isTrue();
    assertThat(flag.isEnabled(7)).as("7 is not the text 007").isFalse();
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.TARGETING_MATCH);
    assertThat(flag.explain(42).reason()).isEqualTo(Reason.TARGETING_MATCH);
    assertThat(flag.explain("bob").reason()).isEqualTo(Reason.SPLIT);
  }

  @Test
  void aNumberIsOnTheAllowListByItsTextWhateverItBeginsWith() {
    for (long id : new long[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -90, 1L << 62, Long.MIN_VALUE}) {
      Flag flag = flag(on().allow("+" + id, "x" + id, Long.toString(id)).percentage("0").build());
      assertThat(flag.isEnabled(id)).as("%d", id).isTrue();
      assertThat(flag.isEnabled(id ^ 64)).as("not %d", id).isFalse();
    }
  }

  @Test
  void withoutAPercentageAnEnabledFlagIsOnForEveryone() {
    Flag flag = flag(on().build());

    assertThat(flag.isEnabled("anybody")).isTrue();
    assertThat(flag.isEnabled(-1)).isTrue();
    assertThat(flag.explain("anybody").reason()).isEqualTo(Reason.STATIC);
    assertThat(flag.explain("anybody").bucket()).isEmpty();
  }

  @Test
  void withoutAnIdTheFlagIsOffWhateverTheCallerWouldLike() {
    for (String percentage : List.of("0", "50", "100")) {
      Flag flag = flag(on().allow("alice").percentage(percentage).build());
      assertThat(flag.isEnabled((String) null, true)).isFalse();
      assertThat(flag.isEnabled("", true)).isFalse();
      assertThat(flag.explain((String) null).reason()).isEqualTo(Reason.NO_UNIT);
      assertThat(flag.explain("").reason()).isEqualTo(Reason.NO_UNIT);
    }
    assertThat(flag(on().build()).isEnabled((String) null)).isFalse();
  }

  @Test
  void anyIdIsAnsweredAndNoneThrows() {
    List<String> ids =
        List.of(
            "x".repeat(1 << 20),
            "\ud83d\ude00".repeat(1 << 18),
            "\ud800",
            "\udfff\ud800",
            "\0",
            " ");
    for (String percentage : List.of("0", "50", "100")) {
      Flag flag = flag(on().allow("alice").percentage(percentage).build());
      for (String id : ids) {
        assertThat(flag.explain(id).enabled()).isEqualTo(flag.isEnabled(id));
      }
      for (long id : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThat(flag.isEnabled(id)).isEqualTo(flag.isEnabled(Long.toString(id)));
      }
    }
  }

  @Test
  void explainAgreesWithIsEnabledAndShowsTheNumbers() {
    Flag flag = flag(on().percentage("12.5").build());
    for (int n = 0; n < 1_000; n++) {
      String id = "user-" + n;
      Decision decision = flag.explain(id);
      assertThat(decision.enabled()).isEqualTo(flag.isEnabled(id));
      assertThat(decision.enabled())
          .isEqualTo(decision.bucket().getAsLong() < (1L << 32) / 8)
          .isEqualTo(decision.detail().contains("inside 12.5 %"));
      assertThat(decision.percentage()).isEqualTo(Percentage.parse("12.5"));
      assertThat(decision.version()).isEqualTo("1");
      assertThat(decision.age()).isZero();
      assertThat(flag.explain(n)).isEqualTo(flag.explain(Integer.toString(n)));
    }
    assertThat(flag.explain("alice"))
        .hasToString(
            "new-checkout: off, SPLIT: bucket 749486259 of 2^32 (17.4503 %) is outside 12.5 %,"
                + " the buckets below 536870912 (snapshot 1, 0.0 s old)");
  }

  @Test
  void anotherSaltTakesOtherUsersAndASharedSaltTheSame() {
    Flags flags =
        Flags.of(
            MemoryFlagSource.of(
                on().percentage("50").build(),
                FlagDefinition.builder("other").enabled(true).percentage("50").build(),
                FlagDefinition.builder("shared").enabled(true).percentage("50").salt(KEY).build()));
    List<String> ids = IntStream.range(0, 1_000).mapToObj(n -> "user-" + n).toList();
    List<Boolean> own = ids.stream().map(flags.flag(KEY)::isEnabled).toList();
    assertThat(ids.stream().map(flags.flag("shared")::isEnabled).toList()).isEqualTo(own);
    assertThat(ids.stream().map(flags.flag("other")::isEnabled).toList()).isNotEqualTo(own);
  }

  @Test
  void aHandleFollowsItsFlagThroughEveryReload() {
    MemoryFlagSource source = MemoryFlagSource.of();
    Flags flags = Flags.of(source);
    Flag flag = flags.flag(KEY);
    assertThat(flags.flag(KEY)).isSameAs(flag);

    assertThat(flag.isEnabled("alice", true)).isTrue();
    source.set(on().percentage("0").build());
    assertThat(flag.isEnabled("alice", true)).isFalse();
    source.set(on().build());
    assertThat(flag.isEnabled("alice")).isTrue();
    source.set();
    assertThat(flag.explain("alice").reason()).isEqualTo(Reason.ERROR);
    assertThat(flag.explain("alice").version()).isEqualTo("4");
  }

  @Test
  void rampingBackAndUpAgainGivesTheSameUsers() {
    MemoryFlagSource source = MemoryFlagSource.of();
    Flag flag = Flags.of(source).flag(KEY);
    List<String> ids = IntStream.range(0, 2_000).mapToObj(n -> "user-" + n).toList();

    source.set(on().percentage("10").build());
    List<String> ten = ids.stream().filter(flag::isEnabled).toList();
    source.set(on().percentage("50").build());
    List<String> fifty = ids.stream().filter(flag::isEnabled).toList();
    source.set(on().percentage("10").build());

    assertThat(fifty).containsAll(ten).hasSizeGreaterThan(ten.size());
    assertThat(ids.stream().filter(flag::isEnabled).toList()).isEqualTo(ten);
  }

  // The race that Flags describes: a handle made while a snapshot is handed out. One thread
  // publishes without end, the other makes handles, and each must have what was published in full
  // before it could be asked. Few handles to a round, so that a walk over them is short enough to
  // fit into the making of one.
  @Test
  void noHandleIsLeftBehindWithAnOlderSnapshot() throws Exception {
    AtomicReference<CountingSource> present = new AtomicReference<>(new CountingSource());
    AtomicBoolean enough = new AtomicBoolean();
    Thread publisher =
        new Thread(() -> {
          while (!enough.get()) {
            present.get().publish();
          }
        });
    publisher.start();
    try {
      long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
      while (System.nanoTime() < end) {
        CountingSource source = new CountingSource();
        Flags flags = Flags.of(source);
        present.set(source);
        for (int n = 0; n < 50; n++) {
          Flag flag = flags.flag("f" + n);
          long published = source.published;
          String version = flag.explain(1).version();
          assertThat(version == null ? 0 : Long.parseLong(version))
              .isGreaterThanOrEqualTo(published);
        }
      }
    } finally {
      enough.set(true);
      publisher.join();
    }
  }

  @Test
  void flagsAnswerFromTheLastSnapshotAfterTheyWereClosed() {
    MemoryFlagSource source = MemoryFlagSource.of(on().build());
    Flags flags = Flags.of(source);
    Flag flag = flags.flag(KEY);
    flags.close();
    flags.close();
    source.set();

    assertThat(flag.isEnabled("alice")).isTrue();
    assertThat(flags.flag(KEY).isEnabled("alice")).isTrue();
  }

  private static FlagDefinition.Builder on() {
    return FlagDefinition.builder(KEY).enabled(true);
  }

  private static Flag flag(FlagDefinition definition) {
    return Flags.of(MemoryFlagSource.of(definition)).flag(KEY);
  }

  /** Counts its versions, and which of them it is done with publishing. */
  private static final class CountingSource implements FlagSource {
    private volatile @Nullable Consumer<FlagSnapshot> consumer;
    private volatile long published;

    void publish() {
      Consumer<FlagSnapshot> started = consumer;
      if (started != null) {
        long next = published + 1;
        started.accept(new FlagSnapshot(Long.toString(next), List.of()));
        published = next;
      }
    }

    @Override
    public void start(Consumer<FlagSnapshot> consumer) {
      this.consumer = consumer;
    }

    @Override
    public Status status() {
      return new Status(Duration.ZERO, 0, null);
    }

    @Override
    public void close() {}
  }

  /** Has never anything to say. */
  private static final class SilentSource implements FlagSource {
    @Override
    public void start(Consumer<FlagSnapshot> consumer) {}

    @Override
    public Status status() {
      return new Status(Duration.ofMinutes(1), 0, "down");
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
      return "silence";
    }
  }
}
