package dev.zdd.flags;

import dev.zdd.flags.Evaluator.Outcome;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A flag, asked for once and kept in a field: it follows every reload, and also waits for a flag
 * that no source knows yet. Thread-safe.
 *
 * <p>{@code isEnabled} is for the request path: one volatile read, one hash, one comparison, one
 * count; no allocation (unless the flag has another system's {@code bucketer}), no lock, no
 * exception whatever the id. Within one call the flag is of one snapshot; two calls may fall on
 * either side of a reload, so ask once in a request.
 *
 * <p>An id is whatever is to have the same answer every time: a user, a tenant. The number 42 and
 * the text "42" are the same id.
 */
public final class Flag {
  private final String key;
  private final FlagSource source;
  private final LongAdder on = new LongAdder();
  private final LongAdder off = new LongAdder();
  private final LongAdder noUnit = new LongAdder();

  // Written by Flags, under its lock; see there for why none is missed.
  private volatile Evaluator evaluator;

  Flag(String key, FlagSource source, Evaluator evaluator) {
    this.key = key;
    this.source = source;
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
    return counted(evaluator.decide(id), callersDefault);
  }

  /** As {@link #isEnabled(String)} for the decimal text of {@code id}, without making that text. */
  public boolean isEnabled(long id) {
    return isEnabled(id, false);
  }

  /** As {@link #isEnabled(long)}, with {@code callersDefault} for an unknown flag. */
  public boolean isEnabled(long id, boolean callersDefault) {
    return counted(evaluator.decide(id), callersDefault);
  }

  /** What {@link #isEnabled(String)} answers at this moment, and why. Allocates; is not counted. */
  public Decision explain(@Nullable String id) {
    return explain(id, false);
  }

  /** What {@link #isEnabled(String, boolean)} answers at this moment, and why. */
  public Decision explain(@Nullable String id, boolean callersDefault) {
    Evaluator now = evaluator;
    return explained(now, now.decide(id), id == null ? 0 : now.bucket(id), callersDefault);
  }

  /** What {@link #isEnabled(long)} answers at this moment, and why. */
  public Decision explain(long id) {
    return explain(id, false);
  }

  /** What {@link #isEnabled(long, boolean)} answers at this moment, and why. */
  public Decision explain(long id, boolean callersDefault) {
    Evaluator now = evaluator;
    return explained(now, now.decide(id), now.bucket(id), callersDefault);
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

  private boolean counted(Outcome outcome, boolean callersDefault) {
    boolean enabled = outcome.enabled(callersDefault);
    (outcome == Outcome.NO_UNIT ? noUnit : enabled ? on : off).increment();
    return enabled;
  }

  private Decision explained(
      Evaluator evaluator, Outcome outcome, long bucket, boolean callersDefault) {
    FlagSource.Status status = source.status();
    FlagDefinition definition = evaluator.definition;
    Percentage percentage = definition == null ? null : definition.percentage();
    String detail =
        switch (outcome) {
          case NO_SNAPSHOT ->
              "nothing has been read from " + source + " yet, so the caller's default";
          case UNKNOWN -> source + " has no such flag, so the caller's default";
          case DISABLED -> "the flag is switched off";
          case NO_UNIT -> "there is no id to decide by";
          case ALLOWED -> "the id is on the allow list";
          case EVERYONE -> "the flag is on for everyone";
          case INSIDE, OUTSIDE -> evaluator.split(bucket, outcome);
        };
    return new Decision(
        key,
        outcome.enabled(callersDefault),
        outcome.reason,
        detail,
        percentage,
        outcome.reason == Reason.SPLIT ? OptionalLong.of(bucket) : OptionalLong.empty(),
        evaluator.version,
        status.age());
  }
}
