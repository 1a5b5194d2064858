package dev.zdd.health;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Hands tasks to a single-threaded executor, those that come while it is being woken all at once:
 * to wake a thread costs more than what these tasks do. In their order, as far as one thread hands
 * them over.
 *
 * <p>None is left behind: {@code woken} falls before the queue is emptied. A task that is added
 * behind the last look at the queue therefore finds it fallen, and wakes the executor again.
 */
final class BatchingExecutor implements Executor {
  private final Executor one;
  private final Queue<Runnable> waiting = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean woken = new AtomicBoolean();

  BatchingExecutor(Executor one) {
    this.one = one;
  }

  /**
   * {@inheritDoc} What a task throws is the executor's; the tasks behind it run all the same.
   *
   * @throws java.util.concurrent.RejectedExecutionException if the executor refuses to be woken; of
   *     tasks that are handed over at once, one caller is told
   */
  @Override
  public void execute(Runnable task) {
    waiting.add(task);
    wake();
  }

  private void wake() {
    if (woken.compareAndSet(false, true)) {
      boolean isWoken = false;
      try {
        one.execute(this::runAll);
        isWoken = true;
      } finally {
        if (!isWoken) {
          woken.set(false); // no memory, say: the next one tries again, and finds this task too
        }
      }
    }
  }

  private void runAll() {
    woken.set(false);
    try {
      for (Runnable next = waiting.poll(); next != null; next = waiting.poll()) {
        next.run();
      }
    } finally {
      if (!waiting.isEmpty()) { // one has thrown
        wake();
      }
    }
  }
}
