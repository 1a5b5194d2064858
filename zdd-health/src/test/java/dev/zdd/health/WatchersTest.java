package dev.zdd.health;

import static dev.zdd.health.Waits.await;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is told of what, and when. */
@Timeout(30)
class WatchersTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final ConcurrentMap<String, String> world = new ConcurrentHashMap<>();
  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicReference<Runnable> duringALook = new AtomicReference<>(() -> {});
  private final List<Thread> threads = new CopyOnWriteArrayList<>();
  private Watchers watchers = watchers(NEVER);

  /** A place in the world. */
  private record Place(WatchersTest test, String name) implements Watchers.Sight<String> {
    @Override
    public String now() {
      test.looks.incrementAndGet();
      String seen = test.world.getOrDefault(name, "nothing");
      test.duringALook.get().run();
      return seen;
    }
  }

  @AfterEach
  void close() {
    watchers.close();
  }

  @Test
  void aWatcherIsToldWhatIsThereAndThenEachChangeInOrder() {
    List<String> told = watch("db");
    await().until(() -> told.equals(List.of("nothing")));
    set("db", "up");
    await().until(() -> told.equals(List.of("nothing", "up")));
    set("db", "down");
    await().until(() -> told.equals(List.of("nothing", "up", "down")));
  }

  // The watcher begins; its first look finds "nothing"; before it is told that, or is on any list,
  // the change comes. A watcher that were counted only after its first look would sleep for ever.
  @Test
  void aChangeBetweenTheFirstLookAndItsWordIsNotLost() throws Exception {
    CountDownLatch looking = new CountDownLatch(1);
    CountDownLatch changed = new CountDownLatch(1);
    duringALook.set(() -> {
      looking.countDown();
      hold(changed);
    });
    List<String> told = watch("db");
    hold(looking);
    set("db", "up");
    changed.countDown();
    await().until(() -> told.equals(List.of("nothing", "up")));
  }

  // "up" was told to the first. It is "down", and nobody has looked yet, when the second begins;
  // and "up" again before the look that the change asked for. That look finds what was told last.
  @Test
  void whoBeginsBetweenAChangeAndItsLookIsNotLeftWithWhatNobodyElseWasTold() throws Exception {
    set("db", "up");
    List<String> first = watch("db");
    await().until(() -> first.equals(List.of("up")));
    world.put("db", "down");
    List<String> second = watch("db");
    await().until(() -> !second.isEmpty());
    set("db", "up");
    await().until(() -> looks.get() >= 3);
    await().until(() -> last(first).equals("up") && last(second).equals("up"));
  }

  @Test
  void tenThousandWatchersOfOneSightAreOneLookAndNoWordWhileNothingChanges() throws Exception {
    List<List<String>> all = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      all.add(watch("db"));
    }
    await().until(() -> all.stream().allMatch(told -> told.size() == 1));
    int before = looks.get();
    CountDownLatch looking = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    duringALook.set(() -> {
      looking.countDown();
      hold(go);
    });
    watchers.mayHaveChanged();
    hold(looking);
    // All of these come during one look, and are one more.
    for (int i = 0; i < 1000; i++) {
      watchers.mayHaveChanged();
    }
    go.countDown();
    await().until(() -> looks.get() == before + 2);
    List<String> other = watch("other");
    await().until(() -> other.equals(List.of("nothing")));
    assertThat(looks).hasValue(before + 3);
    assertThat(all).allMatch(told -> told.size() == 1);
  }

  @Test
  void whatTimeAloneChangesIsToldAtTheTick() {
    watchers = watchers(Duration.ofMillis(10));
    List<String> told = watch("db");
    await().until(() -> told.equals(List.of("nothing")));
    world.put("db", "stale");
    await().until(() -> told.equals(List.of("nothing", "stale")));
  }

  @Test
  void whoStaysAndWhoComesLaterAreToldAtTheTickWhoeverHasLeft() {
    watchers = watchers(Duration.ofMillis(10));
    List<String> told = new CopyOnWriteArrayList<>();
    Watchers.Watch stays = watchers.watch(new Place(this, "db"), told::add);
    watchers.watch(new Place(this, "other"), value -> {}).close();
    List<String> after = watch("after");
    await().until(() -> after.equals(List.of("nothing")));
    world.put("db", "stale");
    await().until(() -> told.equals(List.of("nothing", "stale")));

    stays.close();
    world.put("after", "stale");
    await().until(() -> after.equals(List.of("nothing", "stale")));
  }

  @Test
  void aWatcherThatThrowsHurtsNobodyElse() {
    watchers.watch(
        new Place(this, "db"),
        value -> {
          if (!value.equals("nothing")) {
            throw new AssertionError("on purpose");
          }
        });
    List<String> after = watch("db");
    List<String> other = watch("other");
    await().until(() -> other.equals(List.of("nothing")));
    world.put("other", "up");
    set("db", "up");
    await().until(() -> last(after).equals("up") && last(other).equals("up"));
  }

  @Test
  void whatCannotBeSeenIsLookedForAgain() {
    duringALook.set(() -> {
      throw new IllegalStateException("on purpose");
    });
    List<String> told = watch("db");
    await().until(() -> looks.get() == 1);
    watchers.mayHaveChanged();
    await().until(() -> looks.get() == 2);
    duringALook.set(() -> {});
    set("db", "up");
    await().until(() -> told.equals(List.of("up")));
  }

  @Test
  void whoLeavesIsToldNothingMoreAndLookedForNoMore() {
    List<String> told = new CopyOnWriteArrayList<>();
    Watchers.Watch watch = watchers.watch(new Place(this, "db"), told::add);
    List<String> other = watch("other");
    await().until(() -> other.equals(List.of("nothing")));
    watch.close();
    watch.close();
    assertThat(watchers.count()).isEqualTo(1);
    int before = looks.get();
    world.put("db", "up");
    set("other", "up");
    await().until(() -> other.equals(List.of("nothing", "up")));
    assertThat(looks).hasValue(before + 1);
    assertThat(told).containsExactly("nothing");
  }

  // It has been counted, and its first look is about to come, when it leaves.
  @Test
  void whoLeavesBeforeTheFirstWordIsNotKept() throws Exception {
    CountDownLatch looking = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    duringALook.set(() -> {
      looking.countDown();
      hold(left);
    });
    List<String> other = watch("other");
    hold(looking);
    List<String> told = new CopyOnWriteArrayList<>();
    watchers.watch(new Place(this, "db"), told::add).close();
    left.countDown();
    await().until(() -> other.equals(List.of("nothing")));
    set("other", "up");
    await().until(() -> other.equals(List.of("nothing", "up")));
    assertThat(looks).hasValue(2);
    assertThat(told).isEmpty();
  }

  @Test
  void closingTellsTheLastWordAndEndsTheThread() {
    List<String> told = watch("db");
    await().until(() -> told.equals(List.of("nothing")));
    world.put("db", "closed");
    watchers.close();
    await().until(() -> told.equals(List.of("nothing", "closed")));
    await().until(() -> threads.stream().noneMatch(Thread::isAlive));
    world.put("db", "later");
    watchers.mayHaveChanged();
    assertThat(watch("db")).containsExactly("later");
    assertThat(told).containsExactly("nothing", "closed");
  }

  @Test
  void whereNobodyWatchesThereIsNoThread() {
    watchers.mayHaveChanged();
    assertThat(threads).isEmpty();
  }

  private List<String> watch(String place) {
    List<String> told = new CopyOnWriteArrayList<>();
    watchers.watch(new Place(this, place), told::add);
    return told;
  }

  private void set(String place, String value) {
    world.put(place, value);
    watchers.mayHaveChanged();
  }

  private Watchers watchers(Duration tick) {
    return new Watchers(
        tick,
        task -> {
          Thread thread = new Thread(task, "watchers under test");
          thread.setDaemon(true);
          threads.add(thread);
          return thread;
        });
  }

  private static String last(List<String> told) {
    return told.isEmpty() ? "" : told.get(told.size() - 1);
  }

  private static void hold(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
