package dev.zdd.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchingExecutorTest {
  private final Queue<Runnable> wakes = new ArrayDeque<>();
  private final BatchingExecutor executor = new BatchingExecutor(wakes::add);
  private final List<Integer> ran = new ArrayList<>();

  @Test
  void tasksThatComeBeforeItWakesShareOneWake() {
    for (int n = 0; n < 5; n++) {
      hand(n);
    }
    assertThat(wakes).hasSize(1);
    wakes.remove().run();
    assertThat(ran).containsExactly(0, 1, 2, 3, 4);
  }

  /**
   * Handed over while the queue is being emptied: by one of its tasks, the last moment there is.
   */
  @Test
  void aTaskThatComesWhileOthersRunIsRunAndWakesAgain() {
    executor.execute(() -> {
      ran.add(0);
      hand(1);
    });
    wakes.remove().run();
    assertThat(ran).containsExactly(0, 1);
    assertThat(wakes).hasSize(1); // for nothing, this time
    wakes.remove().run();
    hand(2);
    wakes.remove().run();
    assertThat(ran).containsExactly(0, 1, 2);
  }

  @Test
  void tasksBehindOneThatThrowsRunAllTheSame() {
    executor.execute(() -> {
      throw new IllegalStateException("mine");
    });
    hand(1);
    assertThatIllegalStateException().isThrownBy(wakes.remove()::run).withMessage("mine");
    wakes.remove().run();
    assertThat(ran).containsExactly(1);
  }

  @Test
  void whoFindsTheExecutorClosedIsTold() {
    BatchingExecutor closed =
        new BatchingExecutor(task -> {
          throw new RejectedExecutionException("closed");
        });
    assertThatThrownBy(() -> closed.execute(() -> {}))
        .isInstanceOf(RejectedExecutionException.class);
  }

  /** Otherwise no result of any check would come through again. */
  @Test
  void anExecutorThatHadNoMemoryOnceIsWokenTheNextTime() {
    boolean[] full = {true};
    BatchingExecutor batching =
        new BatchingExecutor(task -> {
          if (full[0]) {
            throw new OutOfMemoryError("test");
          }
          wakes.add(task);
        });
    assertThatThrownBy(() -> batching.execute(() -> ran.add(1)))
        .isInstanceOf(OutOfMemoryError.class);
    full[0] = false;
    batching.execute(() -> ran.add(2));
    wakes.remove().run();
    assertThat(ran).containsExactly(1, 2);
  }

  /** The interleaving that {@code woken} is for: a task is added behind the last look. */
  @Test
  void noneOfManyThreadsTasksIsLeftBehind() throws Exception {
    int tasks = 200_000;
    int threads = 4;
    CountDownLatch left = new CountDownLatch(tasks * threads);
    Queue<String> others = new ConcurrentLinkedQueue<>();
    ExecutorService one = Executors.newSingleThreadExecutor();
    ExecutorService many = Executors.newFixedThreadPool(threads);
    try {
      BatchingExecutor batching = new BatchingExecutor(one);
      Thread[] runner = new Thread[1];
      one.submit(() -> runner[0] = Thread.currentThread()).get();
      for (int thread = 0; thread < threads; thread++) {
        many.execute(() -> {
          for (int n = 0; n < tasks; n++) {
            batching.execute(() -> {
              if (Thread.currentThread() != runner[0]) {
                others.add(Thread.currentThread().getName());
              }
              left.countDown();
            });
          }
        });
      }
      assertThat(left.await(30, TimeUnit.SECONDS)).as("%s left", left.getCount()).isTrue();
      assertThat(others).isEmpty();
    } finally {
      many.shutdownNow();
      one.shutdownNow();
    }
  }

  private void hand(int number) {
    executor.execute(() -> ran.add(number));
  }
}
