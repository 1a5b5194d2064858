package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.EventProvider;
import dev.openfeature.sdk.Metadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.TrackingEventDetails;
import dev.openfeature.sdk.Value;
import dev.openfeature.sdk.exceptions.ProviderNotReadyError;
import dev.zdd.core.RequestContext;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The flags as a provider of OpenFeature, for an application that asks through its SDK, which has
 * to be there (dev.openfeature:sdk).
 *
 * <pre>{@code
 * OpenFeatureAPI.getInstance().setProviderAndWait(OpenFeatureProvider.of(flags));
 * }</pre>
 *
 * <p>A boolean evaluation answers whether the flag is on, also if it has variants; the others
 * answer the value of the variant, and the caller's default where the flag is off. Each is counted
 * as {@code isEnabled} is, and allocates. None throws or does I/O: what goes wrong is an error code
 * ({@code docs/flags.md} has the table), and the caller's default.
 *
 * <p>Thread-safe. Serves one registration: after {@link #shutdown} it is not registered again. The
 * {@link Flags} stay the application's to close.
 */
// A module that names this class has the SDK; one that does not must not be made to have it.
@SuppressWarnings("exports")
public final class OpenFeatureProvider extends EventProvider {
  private static final Logger log = LoggerFactory.getLogger(OpenFeatureProvider.class);

  private final Flags flags;
  private final Duration staleAfter;
  private final Duration firstSnapshotTimeout;
  private final @Nullable Supplier<@Nullable RequestContext> request;
  private final @Nullable Consumer<Tracked> tracker;
  private final OpenFeatureEvents events;

  private OpenFeatureProvider(Builder builder) {
    this.flags = builder.flags;
    this.staleAfter = builder.staleAfter;
    this.firstSnapshotTimeout = builder.firstSnapshotTimeout;
    this.request = builder.request;
    this.tracker = builder.tracker;
    this.events = new OpenFeatureEvents(this, flags, staleAfter);
  }

  /** A provider of {@code flags} with the default settings. */
  public static OpenFeatureProvider of(Flags flags) {
    return builder(flags).build();
  }

  /** As {@link #of}, with settings. */
  public static Builder builder(Flags flags) {
    return new Builder(flags);
  }

  /** Its name is "zdd". */
  @Override
  public Metadata getMetadata() {
    return () -> "zdd";
  }

  /**
   * Waits for a first snapshot, if there is none yet, and begins to emit events.
   *
   * @throws ProviderNotReadyError if there is none within {@link Builder#firstSnapshotTimeout}. A
   *     {@code PROVIDER_READY} follows when there is
   * @throws IllegalStateException if this provider was shut down
   */
  @Override
  public void initialize(@Nullable EvaluationContext context) {
    if (!events.begin(firstSnapshotTimeout)) {
      String problem = flags.status().problem();
      throw new ProviderNotReadyError(
          "no flags have been read yet (expected: within "
              + firstSnapshotTimeout
              + ")"
              + (problem == null ? "" : ": " + problem));
    }
  }

  /** Ends the events and their threads. The flags are not closed, and go on answering. */
  @Override
  public void shutdown() {
    events.end();
    super.shutdown();
  }

  @Override
  public ProviderEvaluation<Boolean> getBooleanEvaluation(
      String key, @Nullable Boolean callersDefault, @Nullable EvaluationContext context) {
    return evaluate(key, callersDefault, context, answer -> answer.asBoolean(callersDefault));
  }

  @Override
  public ProviderEvaluation<String> getStringEvaluation(
      String key, @Nullable String callersDefault, @Nullable EvaluationContext context) {
    return evaluate(key, callersDefault, context, OpenFeatureType.STRING);
  }

  @Override
  public ProviderEvaluation<Integer> getIntegerEvaluation(
      String key, @Nullable Integer callersDefault, @Nullable EvaluationContext context) {
    return evaluate(key, callersDefault, context, OpenFeatureType.INTEGER);
  }

  @Override
  public ProviderEvaluation<Long> getLongEvaluation(
      String key, @Nullable Long callersDefault, @Nullable EvaluationContext context) {
    return evaluate(key, callersDefault, context, OpenFeatureType.LONG);
  }

  @Override
  public ProviderEvaluation<Double> getDoubleEvaluation(
      String key, @Nullable Double callersDefault, @Nullable EvaluationContext context) {
    return evaluate(key, callersDefault, context, OpenFeatureType.DOUBLE);
  }

  @Override
  public ProviderEvaluation<Value> getObjectEvaluation(
      String key, @Nullable Value callersDefault, @Nullable EvaluationContext context) {
    return evaluate(key, callersDefault, context, OpenFeatureType.OBJECT);
  }

  /** Hands the event to the {@linkplain Builder#tracker tracker}; does nothing without one. */
  @Override
  public void track(
      String event, @Nullable EvaluationContext context, @Nullable TrackingEventDetails details) {
    if (tracker == null) {
      return;
    }
    try {
      tracker.accept(new Tracked(event, context, details));
    } catch (RuntimeException e) {
      log.warn("the tracker failed at event {}", event, e);
    }
  }

  private <T> ProviderEvaluation<T> evaluate(
      String key,
      @Nullable T callersDefault,
      @Nullable EvaluationContext context,
      OpenFeatureType<T> type) {
    return evaluate(key, callersDefault, context, answer -> answer.as(type, callersDefault));
  }

  private <T> ProviderEvaluation<T> evaluate(
      String key,
      @Nullable T callersDefault,
      @Nullable EvaluationContext context,
      Function<OpenFeatureAnswer, ProviderEvaluation<T>> answer) {
    // Neither is logged: the SDK hands the error to the application and its hooks.
    try {
      RequestContext asked;
      try {
        asked = asked(context);
      } catch (IllegalArgumentException e) {
        return OpenFeatureAnswer.failed(
            ErrorCode.INVALID_CONTEXT, String.valueOf(e.getMessage()), callersDefault);
      }
      return answer.apply(OpenFeatureAnswer.of(flags, key, asked, staleAfter));
    } catch (RuntimeException e) {
      return OpenFeatureAnswer.failed(ErrorCode.GENERAL, e.toString(), callersDefault);
    }
  }

  private RequestContext asked(@Nullable EvaluationContext context) {
    RequestContext present = request == null ? null : request.get();
    RequestContext asked = OpenFeatureContext.of(context, present);
    if (present != null) {
      flags.pinAlike(asked, present);
    }
    return asked;
  }

  /**
   * What an application has tracked, as the SDK hands it on.
   *
   * @param event its name
   * @param context whom it is of, merged with the contexts of the API, transaction and client
   * @param details a number and attributes; null if none were given
   */
  public record Tracked(
      String event, @Nullable EvaluationContext context, @Nullable TrackingEventDetails details) {
    /** Refuses an event without a name. */
    public Tracked {
      requireNonNull(event, "event");
    }
  }

  /** The settings of an {@link OpenFeatureProvider}. Not thread-safe. */
  public static final class Builder {
    /** From which age answers are stale unless said otherwise. */
    public static final Duration DEFAULT_STALE_AFTER = Duration.ofMinutes(1);

    /** How long a first snapshot is waited for unless said otherwise. */
    public static final Duration DEFAULT_FIRST_SNAPSHOT_TIMEOUT = Duration.ofSeconds(5);

    private static final Duration MIN_STALE_AFTER = Duration.ofMillis(100);
    private static final Duration MAX_STALE_AFTER = Duration.ofDays(1);
    private static final Duration MAX_TIMEOUT = Duration.ofMinutes(1);

    private final Flags flags;
    private Duration staleAfter = DEFAULT_STALE_AFTER;
    private Duration firstSnapshotTimeout = DEFAULT_FIRST_SNAPSHOT_TIMEOUT;
    private @Nullable Supplier<@Nullable RequestContext> request;
    private @Nullable Consumer<Tracked> tracker;

    private Builder(Flags flags) {
      this.flags = requireNonNull(flags, "flags");
    }

    /**
     * Above which {@linkplain FlagSource.Status#age age} answers have the reason {@code STALE}, and
     * the provider that state. Several times the source's poll interval, which the age goes through
     * while all is well. 100 ms to 1 day. Default: 1 min.
     */
    public Builder staleAfter(Duration staleAfter) {
      this.staleAfter = requireNonNull(staleAfter, "staleAfter");
      return this;
    }

    /**
     * How long {@link OpenFeatureProvider#initialize} waits for a first snapshot at most. 0 to 1
     * min. Default: 5 s.
     */
    public Builder firstSnapshotTimeout(Duration firstSnapshotTimeout) {
      this.firstSnapshotTimeout = requireNonNull(firstSnapshotTimeout, "firstSnapshotTimeout");
      return this;
    }

    /**
     * The request that the calling thread works for; null outside of one. An evaluation takes its
     * id and attributes where the evaluation's context has none of its own, and is answered from
     * the snapshot that the request's other flags are. Default: none.
     */
    public Builder request(Supplier<@Nullable RequestContext> request) {
      this.request = requireNonNull(request, "request");
      return this;
    }

    /**
     * Takes what {@code client.track(…)} is called with, on the caller's thread: it does not block.
     * One that throws is logged. Default: none, and tracking does nothing.
     */
    public Builder tracker(Consumer<Tracked> tracker) {
      this.tracker = requireNonNull(tracker, "tracker");
      return this;
    }

    /**
     * The provider, to be registered with an OpenFeatureAPI.
     *
     * @throws IllegalArgumentException if a setting is out of its bounds
     */
    public OpenFeatureProvider build() {
      require("staleAfter", staleAfter, MIN_STALE_AFTER, MAX_STALE_AFTER);
      require("firstSnapshotTimeout", firstSnapshotTimeout, Duration.ZERO, MAX_TIMEOUT);
      return new OpenFeatureProvider(this);
    }

    private static void require(String setting, Duration value, Duration min, Duration max) {
      if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
        throw new IllegalArgumentException(
            setting + ": " + value + " (expected: " + min + " to " + max + ")");
      }
    }
  }
}
