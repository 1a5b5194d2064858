package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reports flags that should be gone, or that code and source disagree about. Of a running program,
 * or, before one runs, of a document and the code ({@link StaleFlagsCheck} and {@link NoStaleFlags}
 * do that in a build).
 *
 * <pre>{@code
 * StaleFlags stale = StaleFlags.builder(flags).keys(ShopFlags.values()).build();
 * new FlagMetrics(flags, stale).bindTo(registry);
 * log.info("{}", stale.report().text());
 * }</pre>
 *
 * <p>A day is a day in UTC. Flags of a permanent type ({@link FlagType#isPermanent()}) have no age:
 * only a day that somebody wrote down for one is minded. Thread-safe; a report takes a lock, and
 * may read and write files, so it is not for the request path.
 */
public final class StaleFlags {
  private static final int DEFAULT_FULLY_ON_DAYS = 30;
  private static final int DEFAULT_WARN_DAYS = 14;
  private static final Duration DEFAULT_UNUSED_FOR = Duration.ofDays(1);
  private static final Duration METERS_LOOK_EVERY = Duration.ofMinutes(1);

  private final @Nullable Flags flags;
  private final @Nullable FlagSnapshot document;
  private final Map<String, FlagKey> declared;
  private final List<Path> sources;
  private final @Nullable FlagMemory memory;
  private final StaleLimits limits;
  private final InstantSource clock;

  // Guarded by `this`, as is the memory's file.
  private @Nullable StaleReport last;

  private StaleFlags(Builder builder) {
    this.flags = builder.flags;
    this.document = builder.document;
    this.declared = Map.copyOf(builder.declared);
    this.sources = builder.sources;
    this.memory = builder.memory == null ? null : new FlagMemory(builder.memory);
    this.limits =
        new StaleLimits(
            builder.fullyOnDays,
            builder.warnDays,
            builder.unusedFor,
            Map.copyOf(builder.lifetimes),
            Set.copyOf(builder.ignored));
    this.clock = builder.clock;
  }

  /** Of a running program: its flags, and what it has asked them since it made {@code flags}. */
  public static Builder builder(Flags flags) {
    return new Builder(requireNonNull(flags, "flags"), null);
  }

  /**
   * Of a document, as {@link FileFlagSource} reads it. It is read now.
   *
   * @throws UncheckedIOException if it cannot be read
   * @throws IllegalArgumentException saying where and why, if it is refused
   */
  public static Builder builder(Path document) {
    try {
      return new Builder(null, FlagDocument.parse(Files.readAllBytes(document)));
    } catch (FlagDocumentException e) {
      throw new IllegalArgumentException("document: " + document + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException("document: " + document + ": " + e, e);
    }
  }

  /**
   * What is stale now. Before the first snapshot nothing is.
   *
   * @throws UncheckedIOException if a source directory cannot be read, or the memory cannot be read
   *     or written
   */
  public synchronized StaleReport report() {
    Instant now = clock.instant();
    FlagSnapshot snapshot = flags == null ? document : flags.snapshot();
    StaleReport report =
        snapshot == null
            ? new StaleReport(now, null, 0, List.of())
            : new StaleReport(
                now,
                snapshot.version(),
                snapshot.definitions().size(),
                StaleJudgement.of(evidence(snapshot, now), limits, now));
    last = report;
    return report;
  }

  /** A report that is at most a minute old: eight gauges of one scrape share it. */
  synchronized StaleReport recent() {
    StaleReport recent = last;
    return recent == null || !recent.at().plus(METERS_LOOK_EVERY).isAfter(clock.instant())
        ? report()
        : recent;
  }

  private StaleEvidence evidence(FlagSnapshot snapshot, Instant now) {
    Map<String, FlagKey> keys = new TreeMap<>(flags == null ? Map.of() : flags.declared());
    keys.putAll(declared);
    Map<String, Long> evaluations = null;
    if (flags != null) {
      evaluations = new TreeMap<>();
      for (Flag flag : flags.handles()) {
        evaluations.put(flag.key(), flag.on() + flag.off() + flag.noUnit());
      }
    }
    Set<String> known = new HashSet<>(snapshot.retired());
    snapshot.definitions().forEach(flag -> known.add(flag.key()));
    return new StaleEvidence(
        snapshot,
        keys,
        evaluations,
        flags == null ? null : flags.started(),
        sources.isEmpty() ? null : SourceScan.places(sources, known),
        memory == null ? null : memory.update(snapshot, now));
  }

  /** Says what is known of the code, and from when on something is stale. */
  public static final class Builder {
    private final @Nullable Flags flags;
    private final @Nullable FlagSnapshot document;
    private final Map<String, FlagKey> declared = new TreeMap<>();
    private List<Path> sources = List.of();
    private @Nullable Path memory;
    private int fullyOnDays = DEFAULT_FULLY_ON_DAYS;
    private int warnDays = DEFAULT_WARN_DAYS;
    private Duration unusedFor = DEFAULT_UNUSED_FOR;
    private final Map<FlagType, Integer> lifetimes = new EnumMap<>(FlagType.class);
    private final Set<StaleKind> ignored = EnumSet.noneOf(StaleKind.class);
    private InstantSource clock = InstantSource.system();

    private Builder(@Nullable Flags flags, @Nullable FlagSnapshot document) {
      this.flags = flags;
      this.document = document;
      // Those by which Unleash calls a flag stale; it has no migrations, but "sunset" flags.
      lifetimes.put(FlagType.RELEASE, 40);
      lifetimes.put(FlagType.EXPERIMENT, 40);
      lifetimes.put(FlagType.MIGRATION, 90);
    }

    /**
     * Adds keys that the code declares. A running program adds those that it has asked for by
     * itself. Default: none.
     *
     * @throws IllegalArgumentException if one is no key, or two that differ have the same
     */
    public Builder keys(FlagKey... keys) {
      return keys(List.of(keys));
    }

    /** As {@link #keys(FlagKey...)}. */
    public Builder keys(Collection<? extends FlagKey> keys) {
      for (FlagKey key : keys) {
        FlagKey other = declared.putIfAbsent(FlagKeys.require("keys", key.key()), key);
        if (other != null && !other.equals(key)) {
          throw new IllegalArgumentException(
              "keys: "
                  + Quoted.of(key.key())
                  + " is declared twice, as "
                  + other
                  + " and as "
                  + key
                  + " (expected: once)");
        }
      }
      return this;
    }

    /**
     * Directories whose {@code *.java} and {@code *.kt} files are looked through at each report: a
     * key that stands in quotes there counts as used. It is a search for text: a key in a comment
     * counts, and one that is put together of pieces is not found. Default: none.
     */
    public Builder sources(Path... directories) {
      this.sources = List.of(directories);
      return this;
    }

    /**
     * A file in which reports keep when they first saw a flag, and since when it is on for
     * everyone. Each report reads it and, if there is something new, replaces it; it need not be
     * there yet, its directory must. Without it {@code FULLY_ON} only warns, by {@code created} and
     * {@code from}, and a flag without {@code created} has no age. Default: none.
     */
    public Builder memory(Path file) {
      this.memory = requireNonNull(file, "memory");
      return this;
    }

    /** How many days a flag may be on for everyone. Default: {@value #DEFAULT_FULLY_ON_DAYS}. */
    public Builder fullyOnDays(int days) {
      this.fullyOnDays = positive("fullyOnDays", days);
      return this;
    }

    /**
     * How many days before its last day a flag is warned of; 0 for not before that day. Default:
     * {@value #DEFAULT_WARN_DAYS}.
     */
    public Builder warnDays(int days) {
      if (days < 0) {
        throw new IllegalArgumentException("warnDays: " + days + " (expected: >= 0)");
      }
      this.warnDays = days;
      return this;
    }

    /**
     * How long a program has to run before what it has not used is reported ({@code UNREFERENCED},
     * {@code NEVER_EVALUATED}). Default: 1 day.
     */
    public Builder unusedFor(Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException("unusedFor: " + duration + " (expected: >= 0)");
      }
      this.unusedFor = duration;
      return this;
    }

    /**
     * How many days a flag of that type may live to which nobody gave an expiry. Default: release
     * and experiment 40, migration 90.
     *
     * @throws IllegalArgumentException if the type is permanent
     */
    public Builder lifetimeDays(FlagType type, int days) {
      if (type.isPermanent()) {
        throw new IllegalArgumentException(
            "lifetimeDays: " + type.text() + " (expected: a type that is not permanent)");
      }
      lifetimes.put(type, positive("lifetimeDays", days));
      return this;
    }

    /**
     * Findings to leave out: {@code UNREFERENCED}, say, of a document that other programs use too.
     * Default: none.
     */
    public Builder ignore(StaleKind... kinds) {
      ignored.addAll(List.of(kinds));
      return this;
    }

    /** What tells the day. Default: the system's clock. */
    public Builder clock(InstantSource clock) {
      this.clock = requireNonNull(clock, "clock");
      return this;
    }

    /** Ready to report. */
    public StaleFlags build() {
      return new StaleFlags(this);
    }

    private static int positive(String setting, int days) {
      if (days < 1) {
        throw new IllegalArgumentException(setting + ": " + days + " (expected: >= 1)");
      }
      return days;
    }
  }
}
