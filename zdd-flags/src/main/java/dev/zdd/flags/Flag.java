package dev.zdd.flags;

import dev.zdd.core.RequestContext;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A flag, asked for once and kept in a field: it follows every reload, and also waits for a flag
 * that no source knows yet. Thread-safe.
 *
 * <p>{@code isEnabled} is for the request path: one volatile read, one hash, one comparison, one
 * count; no allocation (unless the flag has rules, a schedule, or another system's {@code
 * bucketer}), no lock, no exception whatever the id. Within one call the flag is of one snapshot;
 * two calls with an id may fall on either side of a reload. Those with a {@link RequestContext}
 * don't: a context is answered from the first snapshot that it was asked of.
 *
 * <p>An id is whatever is to have the same answer every time: a user, a tenant. The number 42 and
 * the text "42" are the same id.
 */
public final class Flag {
  private final String key;
  private final Flags flags;
  private final LongAdder on = new LongAdder();
  private final LongAdder off = new LongAdder();
  private final LongAdder noUnit = new LongAdder();
  private final Map<String, LongAdder> variants = new ConcurrentHashMap<>();

  // Written by Flags, under its lock; see there for why none is missed.
  private volatile Evaluator evaluator;

  Flag(String key, Flags flags, Evaluator evaluator) {
    this.key = key;
    this.flags = flags;
    this.evaluator = evaluator;
  }

  /** The key that it was asked for by. */
  public String key() {
    return key;
  }

  /** Whether the flag is on for {@code id}. Unknown flag: off. Null or empty id: off. */
  public boolean isEnabled(@Nullable String id) {
    return isEnabled(id, false);
  }

  /** As {@link #isEnabled(String)}, with {@code callersDefault} for an unknown flag. */
  public boolean isEnabled(@Nullable String id, boolean callersDefault) {
    Evaluator now = evaluator;
    Rollout alone = now.alone;
    if (alone != null && id != null && !id.isEmpty()) {
      return counted(alone.takes(id));
    }
    return counted(now.decide(id), callersDefault);
  }

  /** As {@link #isEnabled(String)} for the decimal text of {@code id}, without making that text. */
  public boolean isEnabled(long id) {
    return isEnabled(id, false);
  }

  /** As {@link #isEnabled(long)}, with {@code callersDefault} for an unknown flag. */
  public boolean isEnabled(long id, boolean callersDefault) {
    Evaluator now = evaluator;
    Rollout alone = now.alone;
    return alone != null ? counted(alone.takes(id)) : counted(now.decide(id), callersDefault);
  }

  /**
   * Whether the flag is on for the one whom {@code context} is about, and its attributes. Null: for
   * nobody who is known.
   */
  public boolean isEnabled(@Nullable RequestContext context) {
    return isEnabled(context, false);
  }

  /** As {@link #isEnabled(RequestContext)}, with {@code callersDefault} for an unknown flag. */
  public boolean isEnabled(@Nullable RequestContext context, boolean callersDefault) {
    RequestContext request = request(context);
    return counted(flags.pinned(key, request).decide(request), callersDefault);
  }

  /**
   * Whether the flag is on for the one whom {@link RequestContext#current} is about: as {@link
   * #isEnabled(RequestContext)}, and as for one without an id where no request is bound.
   */
  public boolean isEnabled() {
    RequestContext context = RequestContext.current();
    return context == null ? isEnabled((String) null) : isEnabled(context);
  }

  /** The variant that {@code id} gets; null if the flag is off for it, unknown, or has none. */
  public @Nullable Variant variant(@Nullable String id) {
    Ending ending = evaluator.decide(id);
    counted(ending, false);
    return counted(id == null ? null : ending.variant(id));
  }

  /** The variant for the one whom {@code context} is about; null as {@link #variant(String)}. */
  public @Nullable Variant variant(@Nullable RequestContext context) {
    RequestContext request = request(context);
    Evaluator now = flags.pinned(key, request);
    Ending ending = now.decide(request);
    counted(ending, false);
    String id = now.id(request);
    return counted(id == null ? null : ending.variant(id));
  }

  /**
   * The variant for the one whom {@link RequestContext#current} is about; null if none is bound.
   */
  public @Nullable Variant variant() {
    RequestContext context = RequestContext.current();
    return context == null ? variant((String) null) : variant(context);
  }

  /** The text of the variant; {@code callersDefault} if there is none or it is no text. */
  public String text(@Nullable String id, String callersDefault) {
    return text(variant(id), callersDefault);
  }

  /** The text of the variant; {@code callersDefault} if there is none or it is no text. */
  public String text(@Nullable RequestContext context, String callersDefault) {
    return text(variant(context), callersDefault);
  }

  /** The number of the variant; {@code callersDefault} if there is none or it is no number. */
  public double number(@Nullable String id, double callersDefault) {
    return number(variant(id), callersDefault);
  }

  /** The number of the variant; {@code callersDefault} if there is none or it is no number. */
  public double number(@Nullable RequestContext context, double callersDefault) {
    return number(variant(context), callersDefault);
  }

  /** The JSON of the variant, of any kind; {@code callersDefault} if there is none. */
  public String json(@Nullable String id, String callersDefault) {
    return json(variant(id), callersDefault);
  }

  /** The JSON of the variant, of any kind; {@code callersDefault} if there is none. */
  public String json(@Nullable RequestContext context, String callersDefault) {
    return json(variant(context), callersDefault);
  }

  /** What {@link #isEnabled(String)} answers at this moment, and why. Allocates; is not counted. */
  public Decision explain(@Nullable String id) {
    return explain(id, false);
  }

  /** What {@link #isEnabled(String, boolean)} answers at this moment, and why. */
  public Decision explain(@Nullable String id, boolean callersDefault) {
    Evaluator now = evaluator;
    return explained(now, now.decide(id), id, callersDefault);
  }

  /** What {@link #isEnabled(long)} answers at this moment, and why. */
  public Decision explain(long id) {
    return explain(id, false);
  }

  /** What {@link #isEnabled(long, boolean)} answers at this moment, and why. */
  public Decision explain(long id, boolean callersDefault) {
    Evaluator now = evaluator;
    return explained(now, now.decide(id), Long.toString(id), callersDefault);
  }

  /** What {@link #isEnabled(RequestContext)} answers, and why. */
  public Decision explain(@Nullable RequestContext context) {
    return explain(context, false);
  }

  /** What {@link #isEnabled(RequestContext, boolean)} answers, and why. */
  public Decision explain(@Nullable RequestContext context, boolean callersDefault) {
    RequestContext request = request(context);
    Evaluator now = flags.pinned(key, request);
    return explained(now, now.decide(request), now.id(request), callersDefault);
  }

  /** As {@link #explain(RequestContext, boolean)}, but counted. */
  Decision decide(RequestContext context, boolean callersDefault) {
    Evaluator now = flags.pinned(key, context);
    Ending ending = now.decide(context);
    counted(ending, callersDefault);
    return explained(now, ending, now.id(context), callersDefault);
  }

  /** What {@link #isEnabled()} answers, and why. */
  public Decision explain() {
    RequestContext context = RequestContext.current();
    return context == null ? explain((String) null) : explain(context);
  }

  /** What the source says of the flag at this moment; null if nothing. */
  public @Nullable FlagDefinition definition() {
    return evaluator.definition;
  }

  /** What decides at this moment. */
  Evaluator evaluator() {
    return evaluator;
  }

  /** What decides in a request. */
  Evaluator evaluator(RequestContext context) {
    return flags.pinned(key, context);
  }

  void follow(Evaluator next) {
    evaluator = next;
  }

  long on() {
    return on.sum();
  }

  long off() {
    return off.sum();
  }

  long noUnit() {
    return noUnit.sum();
  }

  /** How often each variant was given, by name. */
  Map<String, Long> variantCounts() {
    Map<String, Long> counts = new TreeMap<>();
    variants.forEach((name, count) -> counts.put(name, count.sum()));
    return counts;
  }

  static RequestContext request(@Nullable RequestContext context) {
    // A new one for each question: what it is pinned to must not outlive the question.
    return context == null ? RequestContext.of(null) : context;
  }

  private boolean counted(boolean enabled) {
    (enabled ? on : off).increment();
    return enabled;
  }

  boolean counted(Ending ending, boolean callersDefault) {
    boolean enabled = ending.enabled(callersDefault);
    (ending.reason() == Reason.NO_UNIT ? noUnit : enabled ? on : off).increment();
    return enabled;
  }

  private @Nullable Variant counted(@Nullable Variant variant) {
    if (variant != null) {
      LongAdder known = variants.get(variant.name()); // computeIfAbsent may lock
      LongAdder count =
          known == null ? variants.computeIfAbsent(variant.name(), name -> new LongAdder()) : known;
      count.increment();
    }
    return variant;
  }

  private static String text(@Nullable Variant variant, String callersDefault) {
    return variant != null && variant.value() instanceof FlagValue.Text value
        ? value.text()
        : callersDefault;
  }

  private static double number(@Nullable Variant variant, double callersDefault) {
    return variant != null && variant.value() instanceof FlagValue.Numeric value
        ? value.number().doubleValue()
        : callersDefault;
  }

  private static String json(@Nullable Variant variant, String callersDefault) {
    return variant == null ? callersDefault : variant.value().asJson();
  }

  private Decision explained(
      Evaluator evaluator, Ending ending, @Nullable String id, boolean callersDefault) {
    FlagDefinition definition = evaluator.definition;
    Rollout rollout = ending.rollout();
    long bucket = rollout == null || id == null ? 0 : rollout.bucket(id);
    return new Decision(
        key,
        ending.enabled(callersDefault),
        id == null ? null : ending.variant(id),
        ending.reason(),
        ending.why() + (rollout == null ? "" : rollout.text(bucket)),
        rollout != null
            ? rollout.percentage()
            : definition == null ? null : definition.percentage(),
        rollout == null ? OptionalLong.empty() : OptionalLong.of(bucket),
        evaluator.version,
        flags.status().age());
  }
}
