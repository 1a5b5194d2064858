package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LongLivedTest {
  private final LongLived longLived = new LongLived();
  private final List<String> told = new ArrayList<>();

  @Test
  void handsOutTheGoodbyesInTheOrderOfOpening() {
    longLived.open(() -> told.add("first"));
    longLived.open(() -> told.add("second"));

    longLived.leave().forEach(Runnable::run);

    assertThat(told).containsExactly("first", "second");
  }

  @Test
  void saysNoGoodbyeToWhatHasEndedByItself() {
    LongLived.Registration stream = longLived.open(() -> told.add("stream"));
    List<Runnable> goodbyes = longLived.leave();
    stream.close();

    goodbyes.forEach(Runnable::run);

    assertThat(told).isEmpty();
  }

  @Test
  void saysEachGoodbyeOnce() {
    longLived.open(() -> told.add("stream"));
    List<Runnable> goodbyes = longLived.leave();

    goodbyes.forEach(Runnable::run);
    goodbyes.forEach(Runnable::run);

    assertThat(told).hasSize(1);
    assertThat(longLived.leave()).isEmpty();
  }

  @Test
  void tellsWhoeverOpensAfterTheGoodbyesAtOnce() {
    longLived.leave();

    longLived.open(() -> told.add("late"));

    assertThat(told).containsExactly("late");
  }

  @Test
  void countsWhatIsOpen() {
    LongLived.Registration one = longLived.open(() -> {});
    longLived.open(() -> {});
    assertThat(longLived.count()).isEqualTo(2);

    one.close();
    one.close();
    assertThat(longLived.count()).isEqualTo(1);

    longLived.leave().forEach(Runnable::run);
    assertThat(longLived.count()).as("told, and not over yet").isEqualTo(1);
  }

  // open() reads `leaving` and is held up; leave() takes its list; open() adds itself to a set that
  // nobody reads any more. The lock around both is what forbids it.
  @Test
  void nobodySlipsBetweenTheListAndTheGate() {
    List<LongLived> raced = new ArrayList<>();
    List<AtomicInteger> goodbyes = new ArrayList<>();
    int rounds =
        Race.pairs(
            Duration.ofMillis(500),
            round -> {
              raced.add(new LongLived());
              goodbyes.add(new AtomicInteger());
            },
            (number, round) -> {
              if (number == 0) {
                raced.get(round).leave().forEach(Runnable::run);
              } else {
                raced.get(round).open(goodbyes.get(round)::incrementAndGet);
              }
            });

    assertThat(goodbyes.subList(0, rounds)).allSatisfy(told -> assertThat(told).hasValue(1));
  }
}
