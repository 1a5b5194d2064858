package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** More in flight at once than the table had slots for. */
class InFlightGrowthTest {
  private final InFlight inFlight = new InFlight(() -> 0);

  @Test
  void describesAThousandAtOnceAndEndsEachOfThem() {
    List<Long> tickets = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      tickets.add(inFlight.begin("GET", "/" + i));
    }

    assertThat(inFlight.count()).isEqualTo(1000);
    assertThat(new HashSet<>(tickets)).hasSize(1000).doesNotContain(InFlight.REFUSED);
    Set<String> targets = new HashSet<>();
    inFlight.work().forEach(work -> targets.add(work.target()));
    assertThat(targets).hasSize(1000);

    assertThat(tickets).allMatch(inFlight::end);
    assertThat(tickets).noneMatch(inFlight::end);
    assertThat(inFlight.count()).isZero();
    assertThat(inFlight.work()).isEmpty();
  }

  @Test
  void aTicketFromBeforeTheGrowthIsStillGood() {
    long early = inFlight.begin("GET", "/early");
    for (int i = 0; i < 500; i++) {
      inFlight.begin("GET", "/later");
    }

    assertThat(inFlight.end(early)).isTrue();
    assertThat(inFlight.work()).noneMatch(work -> work.target().equals("/early"));
    assertThat(inFlight.count()).isEqualTo(500);
  }

  /** An event loop begins many requests on one thread before the first of them ends. */
  @Test
  void costsMemoryInProportionToWhatIsInFlightEvenWhenOneThreadBeginsItAll() {
    AllocatedBytes allocated = new AllocatedBytes();
    int many = 10_000;

    long before = allocated.byCurrentThread();
    for (int i = 0; i < many; i++) {
      inFlight.begin("GET", "/");
    }
    long each = (allocated.byCurrentThread() - before) / many;

    // A slot is 40 bytes; doubling makes four of them and as many references for one at worst.
    assertThat(each).isLessThan(400);
  }

  @Test
  void doesNotGrowWhileFewAreInFlight() {
    AllocatedBytes allocated = new AllocatedBytes();
    long[] held = new long[32]; // half of the first table: what it takes without growing
    for (int i = 0; i < held.length; i++) {
      held[i] = inFlight.begin("GET", "/held");
    }

    long before = allocated.byCurrentThread();
    for (int i = 0; i < 600_000; i++) {
      inFlight.end(held[i % held.length]);
      held[i % held.length] = inFlight.begin("GET", "/held");
    }

    // The reading itself is boxed; a table would be thousands of bytes.
    assertThat(allocated.byCurrentThread() - before).isLessThan(2_000);
  }

  @Test
  void losesNoTicketWhenManyThreadsMakeItGrowAtOnce() {
    for (int round = 0; round < 20; round++) {
      InFlight inFlight = new InFlight(() -> 0);
      ConcurrentLinkedQueue<Long> tickets = new ConcurrentLinkedQueue<>();
      Race.among(
          8,
          number -> {
            for (int i = 0; i < 200; i++) {
              tickets.add(inFlight.begin("GET", number + "/" + i));
            }
          });

      assertThat(new HashSet<>(tickets)).hasSize(1600);
      Set<String> targets = new HashSet<>();
      inFlight.work().forEach(work -> targets.add(work.target()));
      assertThat(targets).hasSize(1600);

      Race.among(
          8,
          number -> {
            for (Long ticket = tickets.poll(); ticket != null; ticket = tickets.poll()) {
              assertThat(inFlight.end(ticket)).isTrue();
            }
          });
      assertThat(inFlight.count()).isZero();
    }
  }
}
