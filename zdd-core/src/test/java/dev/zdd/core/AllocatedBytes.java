package dev.zdd.core;

import java.lang.reflect.Method;

/**
 * What the current thread has allocated so far. By reflection: the module under test does not read
 * {@code jdk.management}, and should not for a test's sake.
 */
final class AllocatedBytes {
  private final Object threads;
  private final Method read;

  AllocatedBytes() {
    try {
      threads =
          Class.forName("java.lang.management.ManagementFactory")
              .getMethod("getThreadMXBean")
              .invoke(null);
      read =
          Class.forName("com.sun.management.ThreadMXBean")
              .getMethod("getThreadAllocatedBytes", long.class);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  long byCurrentThread() {
    try {
      return (long) read.invoke(threads, Thread.currentThread().getId());
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }
}
