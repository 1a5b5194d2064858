package dev.zdd.health;

import java.util.PriorityQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RunnableScheduledFuture;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timer that runs nothing by itself: the test takes out what is due, in the order of a time that
 * stands still until it is moved. What other threads hand in comes out of {@link #handedIn}.
 */
final class VirtualTimer extends ScheduledThreadPoolExecutor {
  private final FakeTicker ticker;
  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
  private long sequence;
  private @Nullable Error failure;

  VirtualTimer(FakeTicker ticker) {
    super(1);
    this.ticker = ticker;
  }

  /** When the next task is due; null if there is none. */
  @Nullable Long nextAt() {
    while (!tasks.isEmpty() && tasks.peek().isCancelled()) {
      tasks.remove();
    }
    return tasks.isEmpty() ? null : tasks.peek().at;
  }

  /** Runs the next task, which is due. */
  void runNext() {
    tasks.remove().run();
  }

  /** What another thread has handed in, or will within a few seconds. */
  Runnable handedIn() throws InterruptedException {
    Runnable task = inbox.poll(10, TimeUnit.SECONDS);
    if (task == null) {
      throw new AssertionError("nothing was handed in within 10 s");
    }
    return task;
  }

  /** Has whoever schedules the next task fail right after: no memory for a thread, say. */
  void failAfterNext(Error error) {
    failure = error;
  }

  boolean hasMail() {
    return !inbox.isEmpty();
  }

  @Override
  public void execute(Runnable task) {
    inbox.add(task);
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    Task scheduled = new Task(task, ticker.read() + unit.toNanos(delay), sequence++);
    tasks.add(scheduled);
    Error thrown = failure;
    failure = null;
    if (thrown != null) {
      throw thrown;
    }
    return scheduled;
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> task, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  private final class Task extends FutureTask<@Nullable Void>
      implements RunnableScheduledFuture<@Nullable Void> {
    private final long at;
    private final long order;

    Task(Runnable task, long at, long order) {
      super(task, null);
      this.at = at;
      this.order = order;
    }

    @Override
    public boolean isPeriodic() {
      return false;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - ticker.read(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      Task task = (Task) other;
      return at == task.at ? Long.compare(order, task.order) : Long.compare(at, task.at);
    }
  }
}
