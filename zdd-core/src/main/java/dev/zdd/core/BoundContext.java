package dev.zdd.core;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Which context is bound to which thread: the one place that knows how ({@code
 * docs/decisions/0006-request-context.md}).
 */
final class BoundContext {
  private static final ThreadLocal<@Nullable RequestContext> BOUND = new ThreadLocal<>();

  private BoundContext() {}

  static @Nullable RequestContext current() {
    return BOUND.get();
  }

  /** Runs {@code task} with {@code context} bound, or with nothing bound if it is null. */
  static void run(@Nullable RequestContext context, Runnable task) {
    RequestContext outer = BOUND.get();
    BOUND.set(context);
    try {
      task.run();
    } finally {
      restore(outer);
    }
  }

  /** Calls {@code task} as {@link #run} does. */
  static <T extends @Nullable Object> T call(@Nullable RequestContext context, Callable<T> task)
      throws Exception {
    RequestContext outer = BOUND.get();
    BOUND.set(context);
    try {
      return task.call();
    } finally {
      restore(outer);
    }
  }

  // Not removed where there was none: an entry of null holds nothing, current() would make it
  // again, and the next request of a pooled thread needs no new one.
  private static void restore(@Nullable RequestContext outer) {
    BOUND.set(outer);
  }
}
