package dev.zdd.health;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The thread of one run of a check: a virtual one where the JDK has them (21 on), which costs
 * nothing while it waits and which an interrupt frees even from a socket that never answers. Else a
 * daemon, from as many as there are runs at a time. That one has run other checks: a new one for
 * each run would cost more than all else that a run does. It has the name and the class loader of
 * this run and no interrupt of the last one's, but may have its thread-locals.
 */
final class CheckThread {
  // Thread.startVirtualThread(Runnable), looked up because this is compiled for 17.
  private static final @Nullable MethodHandle VIRTUAL = findVirtual();
  private static final int IDLE_SECONDS = 10;
  private static final String IDLE = "zdd-health idle";
  private static final ThreadPoolExecutor DAEMONS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          CheckThread::daemon);

  private final String name;
  private final @Nullable ClassLoader loader;
  private final Runnable run;
  private @Nullable Thread thread; // while it runs; guarded by this
  private boolean interrupted; // guarded by this
  private volatile boolean over;

  CheckThread(String name, @Nullable ClassLoader loader, Runnable run) {
    this.name = name;
    this.loader = loader;
    this.run = run;
  }

  void start() {
    if (VIRTUAL == null) {
      DAEMONS.execute(this::begin);
      return;
    }
    try {
      VIRTUAL.invoke((Runnable) this::begin);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException("cannot start a virtual thread", t);
    }
  }

  private void begin() {
    Thread current = Thread.currentThread();
    try {
      current.setName(name);
      current.setContextClassLoader(loader);
      synchronized (this) {
        thread = current;
        if (interrupted) {
          current.interrupt(); // It came before the thread did.
        }
      }
      run.run();
    } finally {
      over = true;
      synchronized (this) {
        thread = null;
      }
      // From here on nobody interrupts it for this run. What came before must not meet the next.
      Thread.interrupted();
      current.setName(IDLE);
    }
  }

  /** Interrupts the run, unless it is over; one that has not begun finds itself interrupted. */
  synchronized void interrupt() {
    interrupted = true;
    if (thread != null) {
      thread.interrupt();
    }
  }

  /** Whether the run is over: it ended, or its thread died of something. */
  boolean isOver() {
    return over;
  }

  /** Whether this is called by the run. */
  synchronized boolean isCurrent() {
    return Thread.currentThread().equals(thread);
  }

  /** Where the run is, a line for each frame: for the log. */
  String stack() {
    Thread running;
    synchronized (this) {
      running = thread;
    }
    // Not under the lock: that would hold up the run's end.
    return running == null
        ? "    no thread: it has not begun, or is over"
        : Arrays.stream(running.getStackTrace())
            .map(frame -> "    " + frame)
            .collect(Collectors.joining("\n"));
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, IDLE);
    thread.setDaemon(true);
    return thread;
  }

  private static @Nullable MethodHandle findVirtual() {
    try {
      MethodType type = MethodType.methodType(Thread.class, Runnable.class);
      MethodHandle start =
          MethodHandles.publicLookup().findStatic(Thread.class, "startVirtualThread", type);
      return start.asType(type.changeReturnType(void.class));
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }
}
