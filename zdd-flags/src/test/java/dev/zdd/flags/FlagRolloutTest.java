package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class FlagRolloutTest {
  private static final String KEY = "new-checkout";
  private static final FlagChange CHANGE = new FlagChange("rollout", "p99 is twice as long");

  private final MemoryFlagSource memory = MemoryFlagSource.of(at("10"));
  private final Interrupted store = new Interrupted(memory);
  private final FlagExposures exposures = FlagExposures.of(Flags.of(memory).flag(KEY));
  private final FlagRollout rollout = FlagRollout.of(FlagAdmin.of(store), exposures);

  @Test
  void raisesWhatItHasSeenAndCountsTheNewStep() throws Exception {
    RolloutPosition before = rollout.position();
    assertThat(before)
        .isEqualTo(new RolloutPosition(true, Percentage.parse("10"), new FlagRevision(1, "", "")));
    assertThat(rollout.raise(Percentage.parse("100"), before.revision(), CHANGE))
        .isEqualTo(new ChangeOutcome.Changed(new FlagRevision(2, "", "")));

    exposures.exposure("alice").succeeded(1);
    assertThat(rollout.counts().percentage()).isEqualTo(Percentage.parse("100"));
    assertThat(rollout.counts().since()).isEqualTo("2");
    assertThat(rollout.counts().seen().total()).isEqualTo(1);
    assertThat(rollout.key()).isEqualTo(KEY);
  }

  @Test
  void raisingAgainstSomebodyElseIsAConflictAndNotTriedAgain() throws Exception {
    FlagRevision first = rollout.position().revision();
    store.before.add(at("5"));
    assertThat(rollout.raise(Percentage.parse("20"), first, CHANGE))
        .isInstanceOf(ChangeOutcome.Conflict.class);
    assertThat(rollout.raise(Percentage.parse("20"), first, CHANGE))
        .isInstanceOf(ChangeOutcome.Conflict.class);
    assertThat(rollout.position().percentage()).isEqualTo(Percentage.parse("5"));
  }

  @Test
  void raisingToWhatIsThereIsRefused() throws Exception {
    FlagRevision first = rollout.position().revision();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rollout.raise(Percentage.parse("10"), first, CHANGE))
        .withMessage("percentage: 10 % (expected: over the present 10 %)");
    assertThat(rollout.position().revision()).isEqualTo(first);
  }

  @Test
  void loweringWinsHoweverOftenOthersComeFirst() throws Exception {
    store.before.add(at("25"));
    store.before.add(FlagDefinition.builder(KEY).enabled(true).build()); // 100 %
    store.before.add(at("6"));
    assertThat(rollout.lower(Percentage.parse("5"), CHANGE))
        .isEqualTo(new ChangeOutcome.Changed(new FlagRevision(5, "", "")));
    assertThat(rollout.position().percentage()).isEqualTo(Percentage.parse("5"));
  }

  @Test
  void loweringEndsWhenSomebodyElseHasLoweredAsFar() throws Exception {
    store.before.add(at("25"));
    store.before.add(at("1"));
    assertThat(rollout.lower(Percentage.parse("5"), CHANGE))
        .isEqualTo(new ChangeOutcome.Unchanged(new FlagRevision(3, "", "")));
    assertThat(rollout.position().percentage()).isEqualTo(Percentage.parse("1"));
  }

  @Test
  void aFlagWithoutAPercentageStandsAt100AndOneThatIsNotThereNowhere() throws Exception {
    memory.set(FlagDefinition.builder(KEY).build());
    RolloutPosition present = rollout.position();
    assertThat(present.enabled()).isFalse();
    assertThat(present.percentage()).isEqualTo(Percentage.parse("100"));
    memory.set();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> rollout.lower(Percentage.parse("0"), CHANGE))
        .withMessage("flag \"new-checkout\" is not there (expected: a flag of memory)");
  }

  @Test
  void loweringOfUnknownEndIsToldAndMayBeDoneAgain() throws Exception {
    store.losesReply = true;
    assertThatExceptionOfType(FlagWriteUnknownException.class)
        .isThrownBy(() -> rollout.lower(Percentage.parse("5"), CHANGE));
    assertThat(rollout.lower(Percentage.parse("5"), CHANGE))
        .isInstanceOf(ChangeOutcome.Unchanged.class);
  }

  private static FlagDefinition at(String percentage) {
    return FlagDefinition.builder(KEY).enabled(true).percentage(percentage).build();
  }

  /** Somebody else writes what is in {@code before}, one at a time, right before each write. */
  private static final class Interrupted implements FlagStore {
    private final MemoryFlagSource memory;
    private final Deque<FlagDefinition> before = new ArrayDeque<>();
    private boolean losesReply;

    Interrupted(MemoryFlagSource memory) {
      this.memory = memory;
    }

    @Override
    public StoredFlags read() {
      return memory.read();
    }

    @Override
    public FlagWrite write(FlagRevision expected, byte[] document) throws IOException {
      if (!before.isEmpty()) {
        memory.set(before.remove());
      }
      FlagWrite write = memory.write(expected, document);
      if (losesReply) {
        throw new FlagWriteUnknownException("no reply", new IOException());
      }
      return write;
    }

    @Override
    public void close() {}

    @Override
    public String toString() {
      return "memory";
    }
  }
}
