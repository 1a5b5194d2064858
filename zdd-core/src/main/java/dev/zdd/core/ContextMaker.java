package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the contexts of requests, for adapters: by a function of the application, whose failures
 * fail no request. Thread-safe if the function is.
 *
 * @param <R> a request as a server shows it
 */
public final class ContextMaker<R> {
  private static final Logger log = LoggerFactory.getLogger(ContextMaker.class);

  private final Function<? super R, ? extends @Nullable RequestContext> function;
  private final AtomicLong failures = new AtomicLong();

  private ContextMaker(Function<? super R, ? extends @Nullable RequestContext> function) {
    this.function = requireNonNull(function, "function");
  }

  /** Makes contexts by {@code function}. */
  public static <R> ContextMaker<R> of(
      Function<? super R, ? extends @Nullable RequestContext> function) {
    return new ContextMaker<>(function);
  }

  /**
   * The context of {@code request}, and one without an id or attributes if the function throws or
   * returns null: that is logged, the first time and then ever more rarely. Of a context that has
   * something pinned already (a constant for all who are not logged in) it is a new one like it:
   * what is pinned must not outlast a request.
   */
  public RequestContext context(R request) {
    try {
      RequestContext made = function.apply(request);
      if (made != null) {
        return made.unpinned();
      }
      failed("has returned null", null);
    } catch (Exception | LinkageError e) { // Kotlin and others throw what they don't declare
      failed("has thrown", e);
    }
    return RequestContext.of(null);
  }

  // At 1, 2, 4, 8, …: who throws once throws at every request.
  private void failed(String how, @Nullable Throwable why) {
    long count = failures.incrementAndGet();
    if (Long.bitCount(count) == 1) {
      log.warn(
          "{}, which makes the context of each request, {} ({} failures so far): such a request is"
              + " one of nobody known",
          function,
          how,
          count,
          why);
    }
  }
}
