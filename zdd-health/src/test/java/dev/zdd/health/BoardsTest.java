package dev.zdd.health;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BoardsTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Boards boards = new Boards(ticker, Map.of("payments", Set.of("db")));

  /** A run that had a result before its check was removed, and hands it in behind the removal. */
  @Test
  void whatIsHandedInBehindItsRemovalIsNotTakenIn() {
    HealthSignal removed = signal();
    assertThat(boards.add(Probe.READINESS, "db", removed)).isTrue();
    assertThat(boards.publish(removed)).isTrue();
    assertThat(boards.remove(Probe.READINESS, "db")).isSameAs(removed);
    removed.down("late");
    assertThat(boards.publish(removed)).isFalse();
    assertThat(worst(boards.of(Probe.READINESS))).isEqualTo(Status.UP);
    assertThat(worst(boards.groups().get("payments"))).isEqualTo(Status.UP);
  }

  @Test
  void norIsItTakenForThatOfAnotherOneWhichHasItsNameNow() {
    HealthSignal removed = signal();
    HealthSignal next = signal();
    boards.add(Probe.READINESS, "db", removed);
    boards.remove(Probe.READINESS, "db");
    assertThat(boards.add(Probe.READINESS, "db", next)).isTrue();
    assertThat(boards.publish(removed)).isFalse();
    assertThat(boards.publish(next)).isTrue();
  }

  @Test
  void aNameThatACheckOrAGroupHasIsTaken() {
    boards.add(Probe.READINESS, "db", signal());
    assertThat(boards.add(Probe.READINESS, "db", signal())).isFalse();
    assertThat(boards.add(Probe.READINESS, "payments", signal())).isFalse();
    assertThat(boards.entries()).hasSize(1);
  }

  @Test
  void nothingGrowsStaleOnBoardsThatAreFrozen() {
    CheckState state =
        new CheckState(Probe.READINESS, "db", CheckOptions.DEFAULTS, ticker.read(), Instant.EPOCH);
    state.settle(HealthResult.up(), Duration.ZERO, ticker.read(), Instant.EPOCH);
    boards.add(Probe.READINESS, "db", new Fixed(state.snapshot(null)));
    boards.freeze();
    // Twice: the first look at an old result only notes that it is old.
    for (int i = 0; i < 2; i++) {
      ticker.advance(Duration.ofDays(1));
      assertThat(worst(boards.of(Probe.READINESS))).isEqualTo(Status.UP);
      assertThat(worst(boards.groups().get("payments"))).isEqualTo(Status.UP);
    }
  }

  private record Fixed(CheckSnapshot snapshot) implements CheckEntry {
    @Override
    public void close() {}
  }

  private static Status worst(@Nullable ProbeBoard board) {
    return requireNonNull(board).worst(Set.of());
  }

  private HealthSignal signal() {
    return new HealthSignal(
        Probe.READINESS, "db", CheckOptions.DEFAULTS, ticker, (it, change) -> {});
  }
}
