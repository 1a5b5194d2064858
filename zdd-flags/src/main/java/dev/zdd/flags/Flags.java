package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.RequestContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flags of one source.
 *
 * <pre>{@code
 * Flags flags = Flags.of(FileFlagSource.of(Path.of("/etc/shop/flags.json")));
 * Flag checkout = flags.flag("new-checkout"); // once, in a field
 * if (checkout.isEnabled(userId)) …           // on every request
 * }</pre>
 *
 * <p>Nothing here fails because a definition is missing or wrong: a flag that no snapshot has
 * answers the caller's default, and a source that has turned bad leaves its last good snapshot in
 * force. Thread-safe. Closing closes the source; the flags go on answering from the last snapshot,
 * so they may be read until the last request has been served.
 *
 * <p>How a handle follows reloads at the price of one volatile read: each {@link Flag} holds the
 * evaluator of its key, and a new snapshot gives every handle its next one. The race is a handle
 * that is made meanwhile: it takes its evaluator from snapshot 1, snapshot 2 walks the handles and
 * does not find it, it is added, and answers from snapshot 1 until there is a third. So making a
 * handle and walking them exclude each other ({@code publishing}): either the new handle sees
 * snapshot 2, or snapshot 2 sees the new handle. Two snapshots exclude each other for the same
 * reason, and no handle is left behind with the older one.
 */
public final class Flags implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Flags.class);

  private final FlagSource source;
  private final InstantSource clock;
  private final Instant started;

  // Read freely, for handles that are there already; added to under `publishing` only.
  private final Map<String, Flag> handles = new ConcurrentHashMap<>();
  private final Map<String, FlagKey> declared = new ConcurrentHashMap<>();
  private final List<Consumer<Flag>> watchers = new CopyOnWriteArrayList<>();
  private final List<Consumer<FlagSnapshot>> listeners = new CopyOnWriteArrayList<>();

  private final OverrideLayers overrides;

  // Held while a snapshot or a change of overrides is made ready and published: of two, the one
  // that is prepared last has seen the other.
  private final Object preparing = new Object();
  // Guarded by `preparing`.
  private final OverrideLog overrideLog = new OverrideLog(log);

  private final Object publishing = new Object();
  // Written under `publishing`.
  private volatile PreparedSnapshot current;

  private Flags(FlagSource source, InstantSource clock, List<FlagOverrides> overrides) {
    this.source = source;
    this.clock = clock;
    this.started = clock.instant();
    this.overrides = new OverrideLayers(overrides);
    this.current = PreparedSnapshot.none(source, Map.of());
  }

  /**
   * Starts {@code source} and serves its flags. What the source can give at once is in force when
   * this returns.
   *
   * @throws IllegalStateException if the source serves another {@code Flags} already
   */
  public static Flags of(FlagSource source) {
    return of(source, InstantSource.system());
  }

  /** With a clock for the definitions' {@code from} and {@code until}. */
  static Flags of(FlagSource source, InstantSource clock) {
    return builder(source).clock(clock).build();
  }

  /** As {@link #of(FlagSource)}, with overrides. */
  public static Builder builder(FlagSource source) {
    return new Builder(source);
  }

  /**
   * The flag with this key: always the same handle, whether or not there is such a flag yet. It is
   * kept until this {@code Flags} is garbage, so keys belong to the program and not to a request.
   */
  public Flag flag(String key) {
    Flag flag = handles.get(requireNonNull(key, "key"));
    if (flag != null) {
      return flag;
    }
    synchronized (publishing) {
      flag = handles.computeIfAbsent(key, k -> new Flag(k, this, current.evaluator(k)));
    }
    for (Consumer<Flag> watcher : watchers) {
      tell(watcher, flag);
    }
    return flag;
  }

  /**
   * The flag with the key that the code declares: the same handle as by its text. Of two that
   * declare the same key, reports mind the first.
   */
  public Flag flag(FlagKey key) {
    declared.putIfAbsent(key.key(), key);
    return flag(key.key());
  }

  /** The snapshot in force; null before the first. */
  public @Nullable FlagSnapshot snapshot() {
    return current.snapshot;
  }

  /**
   * How the source does: the age of what is in force, and what is wrong if something is. What is
   * wrong with the overrides is among it.
   */
  public FlagSource.Status status() {
    FlagSource.Status status = source.status();
    String wrong = overrides.problem();
    if (wrong == null) {
      return status;
    }
    String problem = status.problem() == null ? wrong : status.problem() + "; " + wrong;
    return new FlagSource.Status(status.age(), status.failures(), problem);
  }

  /** The flags that something else than the source decides at this moment, in their keys' order. */
  public List<FlagOverride> overridden() {
    return current.overridden;
  }

  /** Closes the source and the overrides. The flags stay as they are. */
  @Override
  public void close() {
    source.close();
    overrides.close();
  }

  /** What the source is called. */
  String source() {
    return source.toString();
  }

  InstantSource clock() {
    return clock;
  }

  /** The handle, if the program has asked for it. */
  @Nullable Flag known(String key) {
    return handles.get(key);
  }

  /** Tells of every handle, those that are there and those to come; of some perhaps twice. */
  void watch(Consumer<Flag> watcher) {
    // Added first: a handle made between the two steps is told twice, and none is left out.
    watchers.add(watcher);
    handles.values().forEach(watcher);
  }

  /** All handles that there are, in no order. */
  Collection<Flag> handles() {
    return handles.values();
  }

  /** The keys that the program has asked for by what its code declares. */
  Map<String, FlagKey> declared() {
    return declared;
  }

  /** Since when handles count. */
  Instant started() {
    return started;
  }

  /**
   * Tells of each snapshot from here on, when it is in force: on the source's thread, in order, so
   * {@code listener} does not block.
   *
   * @return ends it
   */
  Runnable listen(Consumer<FlagSnapshot> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  private static void tell(Consumer<Flag> watcher, Flag flag) {
    try {
      watcher.accept(flag);
    } catch (RuntimeException e) {
      // A meter registry's quarrel is no reason to withhold a flag.
      log.warn("flag {}: not in the metrics", flag.key(), e);
    }
  }

  /**
   * The evaluator of a flag in the snapshot that {@code context} was asked of first, by that flag
   * or by another: within a request, all flags are of one snapshot.
   */
  Evaluator pinned(String key, RequestContext context) {
    return context.pinned(this, () -> current).evaluator(key);
  }

  /** Has {@code context} answered from the snapshot that {@code request} is answered from. */
  void pinAlike(RequestContext context, RequestContext request) {
    PreparedSnapshot seen = request.pinned(this, () -> current);
    context.pinned(this, () -> seen);
  }

  private void start() {
    try {
      // First, so that not even the first answer is the source's.
      overrides.start(() -> publish(null));
      source.start(this::publish);
    } catch (RuntimeException | Error e) {
      overrides.close();
      throw e;
    }
  }

  /** Puts a snapshot in force; null for that which is, with what overrides it by now. */
  private void publish(@Nullable FlagSnapshot next) {
    synchronized (preparing) {
      FlagSnapshot snapshot = next == null ? current.snapshot : next;
      Map<String, FlagOverride> present = overrides.present();
      PreparedSnapshot prepared =
          snapshot == null
              ? PreparedSnapshot.none(source, present)
              : PreparedSnapshot.of(snapshot, source, present, clock);
      synchronized (publishing) {
        current = prepared;
        handles.forEach((key, flag) -> flag.follow(prepared.evaluator(key)));
      }
      if (next != null) {
        tellListeners(next);
      }
      overrideLog.tell(prepared.overridden, prepared.misfits);
    }
  }

  private void tellListeners(FlagSnapshot next) {
    for (Consumer<FlagSnapshot> listener : listeners) {
      try {
        listener.accept(next);
      } catch (RuntimeException e) {
        // The flags are in force, and the next listener is told all the same.
        log.warn("flags {}: a listener of snapshot {} failed", source, next.version(), e);
      }
    }
  }

  /** The settings of a {@link Flags}. Not thread-safe. */
  public static final class Builder {
    private final FlagSource source;
    private final List<FlagOverrides> overrides = new ArrayList<>();
    private InstantSource clock = InstantSource.system();

    private Builder(FlagSource source) {
      this.source = requireNonNull(source, "source");
    }

    /** What beats the source. Given several times, the first that names a flag counts for it. */
    public Builder overrides(FlagOverrides overrides) {
      this.overrides.add(requireNonNull(overrides, "overrides"));
      return this;
    }

    /** A clock for the definitions' {@code from} and {@code until}. */
    Builder clock(InstantSource clock) {
      this.clock = clock;
      return this;
    }

    /**
     * Starts the overrides and the source, and serves the flags. What they can give at once is in
     * force when this returns.
     *
     * @throws IllegalStateException if one of them serves another {@code Flags} already
     * @throws IllegalArgumentException if a system property that overrides a flag is wrong
     */
    public Flags build() {
      Flags flags = new Flags(source, clock, overrides);
      flags.start();
      return flags;
    }
  }
}
