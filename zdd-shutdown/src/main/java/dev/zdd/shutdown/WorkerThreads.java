package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The living threads of an executor, for a report of what is stuck. A fork-join pool's know whose
 * they are; those of a thread pool are remembered as they are made; other executors (one with a
 * virtual thread for each task) tell nobody.
 */
final class WorkerThreads {
  private final Supplier<Stream<Thread>> threads;

  private WorkerThreads(Supplier<Stream<Thread>> threads) {
    this.threads = threads;
  }

  static WorkerThreads of(ExecutorService executor) {
    if (executor instanceof ThreadPoolExecutor pool) {
      Remembering remembering = new Remembering(pool.getThreadFactory());
      pool.setThreadFactory(remembering);
      return new WorkerThreads(remembering::made);
    }
    if (executor instanceof ForkJoinPool pool) {
      return new WorkerThreads(() ->
          Thread.getAllStackTraces().keySet().stream()
              .filter(
                  t -> t instanceof ForkJoinWorkerThread worker && worker.getPool().equals(pool)));
    }
    return new WorkerThreads(Stream::empty);
  }

  /** Those that are alive, by name. */
  List<Thread> alive() {
    return threads
        .get()
        .filter(Thread::isAlive)
        .sorted(Comparator.comparing(Thread::getName))
        .toList();
  }

  /** Makes threads as the pool's own factory does, and holds on to them weakly. */
  private static final class Remembering implements ThreadFactory {
    private final ThreadFactory factory;
    // Guarded by itself.
    private final Set<Thread> made = Collections.newSetFromMap(new WeakHashMap<>());

    Remembering(ThreadFactory factory) {
      this.factory = requireNonNull(factory, "factory");
    }

    @Override
    @SuppressWarnings("NullAway") // a factory may refuse with null, and its pool expects that
    public Thread newThread(Runnable task) {
      Thread thread = factory.newThread(task);
      if (thread != null) {
        synchronized (made) {
          made.add(thread);
        }
      }
      return thread;
    }

    Stream<Thread> made() {
      synchronized (made) {
        return List.copyOf(made).stream();
      }
    }
  }
}
