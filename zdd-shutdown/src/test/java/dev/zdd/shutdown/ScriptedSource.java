package dev.zdd.shutdown;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** A source that does what the test says, and remembers what it was told and by which thread. */
final class ScriptedSource implements PollLoop.Source<String> {
  static final Callable<List<String>> WAKEUP = List::of;

  /** What the polls return or throw, in order; when empty they block until {@link #wakeup}. */
  final BlockingQueue<Callable<List<String>>> polls = new LinkedBlockingQueue<>();

  final List<String> committed = new CopyOnWriteArrayList<>();
  final List<String> givenBack = new CopyOnWriteArrayList<>();
  final List<Thread> threads = new CopyOnWriteArrayList<>();
  final AtomicInteger polled = new AtomicInteger();
  final AtomicInteger commits = new AtomicInteger();
  final AtomicInteger givesBack = new AtomicInteger();
  final AtomicInteger wakeups = new AtomicInteger();
  final AtomicInteger closed = new AtomicInteger();
  final Semaphore inPoll = new Semaphore(0);

  /** How often commit fails before it works. */
  volatile int commitFailures;

  volatile Exception closeFailure;

  void has(String... messages) {
    polls.add(() -> List.of(messages));
  }

  void fails(Throwable failure) {
    polls.add(() -> {
      if (failure instanceof Error e) {
        throw e;
      }
      throw (Exception) failure;
    });
  }

  @Override
  public List<String> poll() throws Exception {
    threads.add(Thread.currentThread());
    polled.incrementAndGet();
    inPoll.release();
    return polls.take().call();
  }

  @Override
  public void commit(List<String> processed) throws Exception {
    threads.add(Thread.currentThread());
    commits.incrementAndGet();
    if (Thread.currentThread().isInterrupted()) {
      throw new InterruptedException("as a client would");
    }
    if (commitFailures > 0) {
      commitFailures--;
      throw new IllegalStateException("broker is away");
    }
    committed.addAll(new ArrayList<>(processed));
  }

  @Override
  public void giveBack(List<String> unprocessed) {
    threads.add(Thread.currentThread());
    givesBack.incrementAndGet();
    givenBack.addAll(unprocessed);
  }

  @Override
  public void wakeup() {
    wakeups.incrementAndGet();
    polls.add(WAKEUP);
  }

  @Override
  public void close() throws Exception {
    threads.add(Thread.currentThread());
    closed.incrementAndGet();
    if (closeFailure != null) {
      throw closeFailure;
    }
  }
}
