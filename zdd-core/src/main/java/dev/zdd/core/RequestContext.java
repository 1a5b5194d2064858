package dev.zdd.core;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whom a request is for: an id, and attributes that decisions may depend on. Made once for each
 * request, by an adapter or by hand, and handed on; immutable but for what is {@linkplain #pinned
 * pinned} to it. Thread-safe.
 *
 * <pre>{@code
 * RequestContext alice = RequestContext.builder("alice").attribute("country", "AT").build();
 * alice.run(() -> serve(request)); // in there RequestContext.current() is alice's
 * }</pre>
 *
 * <p>It is bound to a thread, virtual or not, and only for as long as a call takes: no thread keeps
 * one, and none is handed to another thread but by {@link #wrap(Runnable)} and {@link #carriedBy}.
 */
public final class RequestContext {
  private final @Nullable String id;
  private final Map<String, Object> attributes;
  private final Map<Object, Object> pinned = new ConcurrentHashMap<>(2);

  private RequestContext(@Nullable String id, Map<String, Object> attributes) {
    this.id = id;
    this.attributes = attributes;
  }

  /** For {@code id}, with no attributes; null or empty for one who is not known. */
  public static RequestContext of(@Nullable String id) {
    return new RequestContext(id, Map.of());
  }

  /** A context to be filled in. */
  public static Builder builder(@Nullable String id) {
    return new Builder(id);
  }

  /** The one bound to this thread; null if none is. */
  public static @Nullable RequestContext current() {
    return BoundContext.current();
  }

  /**
   * Runs {@code task} with this bound; then what was bound before is so again, if it throws too.
   */
  public void run(Runnable task) {
    BoundContext.run(this, task);
  }

  /** Calls {@code task} as {@link #run} does, and throws what it throws. */
  public <T extends @Nullable Object> T call(Callable<T> task) throws Exception {
    return BoundContext.call(this, task);
  }

  /** A task that binds this on whatever thread it is run, as {@link #run} does. */
  public Runnable wrap(Runnable task) {
    requireNonNull(task, "task");
    return () -> run(task);
  }

  /** A task that binds this on whatever thread it is called, as {@link #call} does. */
  public <T extends @Nullable Object> Callable<T> wrap(Callable<T> task) {
    requireNonNull(task, "task");
    return () -> call(task);
  }

  /**
   * {@code executor}, running each task with what is bound where the task is handed to it: nothing
   * if nothing is. Made once, it serves all requests.
   */
  public static Executor carriedBy(Executor executor) {
    requireNonNull(executor, "executor");
    return task -> {
      requireNonNull(task, "task");
      RequestContext here = current();
      executor.execute(() -> BoundContext.run(here, task));
    };
  }

  /** Whoever is to have the same answer every time: a user, a tenant. Null if not known. */
  public @Nullable String id() {
    return id;
  }

  /** A text, a number, a boolean, an {@link Instant} or a list of texts; null if there is none. */
  public @Nullable Object attribute(String name) {
    return attributes.get(name);
  }

  /** All attributes, in the order in which they were given. */
  public Map<String, Object> attributes() {
    return attributes;
  }

  /**
   * What {@code owner} has seen first in this request: so that it sees the same until the request
   * is over, though it may have changed in between.
   *
   * @param first asked at most once in the life of this context, for each owner
   */
  @SuppressWarnings("unchecked") // each owner pins what it made itself
  public <T> T pinned(Object owner, Supplier<T> first) {
    // Looked for first: computeIfAbsent may lock where the value is there already.
    Object known = pinned.get(owner);
    return (T) (known != null ? known : pinned.computeIfAbsent(owner, o -> first.get()));
  }

  /** This, or one like it with nothing pinned if something is. */
  RequestContext unpinned() {
    return pinned.isEmpty() ? this : new RequestContext(id, attributes);
  }

  /** The names of the attributes, and neither their values nor the id: for a log. */
  @Override
  public String toString() {
    return "request context with " + attributes.keySet();
  }

  /** Fills in a context. Not thread-safe. */
  public static final class Builder {
    private final @Nullable String id;
    private final Map<String, Object> attributes = new LinkedHashMap<>();

    private Builder(@Nullable String id) {
      this.id = id;
    }

    /** A text; null takes it back. */
    public Builder attribute(String name, @Nullable String value) {
      return put(name, value);
    }

    /** A number. */
    public Builder attribute(String name, long value) {
      return put(name, value);
    }

    /** A number; NaN and the infinities are no numbers, and take it back. */
    public Builder attribute(String name, double value) {
      return put(name, Double.isFinite(value) ? value : null);
    }

    /** Yes or no. */
    public Builder attribute(String name, boolean value) {
      return put(name, value);
    }

    /** A moment; null takes it back. */
    public Builder attribute(String name, @Nullable Instant value) {
      return put(name, value);
    }

    /** Several texts, as of the groups that somebody is in. */
    public Builder attribute(String name, List<String> values) {
      return put(name, List.copyOf(values));
    }

    private Builder put(String name, @Nullable Object value) {
      requireNonNull(name, "name");
      if (value == null) {
        attributes.remove(name);
      } else {
        attributes.put(name, value);
      }
      return this;
    }

    /** The context. */
    public RequestContext build() {
      return new RequestContext(
          id,
          attributes.isEmpty()
              ? Map.of()
              : Collections.unmodifiableMap(new LinkedHashMap<>(attributes)));
    }
  }
}
