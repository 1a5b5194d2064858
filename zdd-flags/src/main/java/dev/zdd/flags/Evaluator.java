package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.RequestContext;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One flag of one snapshot, made ready to decide: immutable, and deciding by an id allocates
 * nothing, unless another system's bucketing has to make the text that it hashes. All that {@code
 * isEnabled} and {@code explain} have in common is {@link #decide}, which is everything; {@link
 * #alone} is a shorter way to the same answer.
 */
final class Evaluator {
  private static final Ending SWITCHED_OFF =
      Ending.off(Reason.DISABLED, "the flag is switched off");
  private static final Ending NO_ID = Ending.off(Reason.NO_UNIT, "there is no id to decide by");
  private static final Ending DENIED =
      Ending.off(Reason.TARGETING_MATCH, "the id is on the deny list");
  private static final Ending TOO_MANY_STEPS =
      Ending.callersDefault(
          Reason.ERROR,
          "a regular expression took more than "
              + StepBound.STEPS
              + " steps, so the caller's default");

  // Pins the time of a request, so that no flag's schedule changes within it.
  private static final Object NOW = new Object();

  /** The snapshot's version; null before the first. */
  final @Nullable String version;

  /** What the snapshot says of the flag; null if nothing. */
  final @Nullable FlagDefinition definition;

  /**
   * The percentage, if it decides alone for whoever has an id; null if there is anything else to
   * look at. Without the ending that {@link #decide} chooses by it, a processor needs not wait for
   * the hash to go on: a fifth of the time of an evaluation.
   */
  final @Nullable Rollout alone;

  // What neither an id nor the time can change.
  private final @Nullable Ending fixed;
  private final InstantSource clock;
  // All that is neither an id's list nor a percentage: with null there is a direct way.
  private final @Nullable Targeting targeting;
  private final Set<String> allow;
  // Those of the allow list that are the text of a number, sorted.
  private final long[] allowedNumbers;
  private final Ending allowed;
  // Null if the flag has no percentage.
  private final @Nullable Rollout rollout;
  private final Ending inside;
  private final Ending outside;

  /** What takes more than a look at a list: asked by text, and at some price. */
  private record Targeting(
      @Nullable Instant from,
      @Nullable Instant until,
      @Nullable Ending early,
      @Nullable Ending late,
      Set<String> deny,
      List<Required> requires,
      List<PreparedRule> rules) {}

  private record Required(Requirement requirement, Evaluator flag, Ending unmet) {}

  private record PreparedRule(
      Audience audience,
      @Nullable Rollout rollout,
      Ending inside,
      Ending outside,
      boolean goesOn) {}

  private Evaluator(@Nullable FlagDefinition definition, @Nullable String version, Ending fixed) {
    this.version = version;
    this.definition = definition;
    this.alone = null;
    this.fixed = fixed;
    this.clock = InstantSource.system();
    this.targeting = null;
    this.allow = Set.of();
    this.allowedNumbers = new long[0];
    this.allowed = fixed;
    this.rollout = null;
    this.inside = fixed;
    this.outside = fixed;
  }

  private Evaluator(
      FlagDefinition of,
      String version,
      Map<String, Segment> segments,
      Map<String, Evaluator> required,
      InstantSource clock) {
    this.version = version;
    this.definition = of;
    this.fixed = of.enabled() ? null : SWITCHED_OFF;
    this.clock = clock;
    this.allow = of.allow();
    this.allowedNumbers = numbers(of.allow());
    Bucketing bucketing = Bucketing.of(of.bucketer());
    VariantChoice choice =
        of.variants().isEmpty() ? null : VariantChoice.of(bucketing, of.salt(), of.variants());
    this.allowed = Ending.on(Reason.TARGETING_MATCH, "the id is on the allow list", choice);
    Percentage percentage = of.percentage();
    this.rollout = percentage == null ? null : Rollout.of(of.bucketer(), of.salt(), percentage);
    this.inside =
        rollout == null
            ? Ending.on(Reason.STATIC, "the flag is on for everyone", choice)
            : split(Ending.Answer.ON, "", rollout, choice);
    this.outside = rollout == null ? inside : split(Ending.Answer.OFF, "", rollout, null);
    this.targeting = targeting(of, segments, required, choice);
    this.alone = fixed == null && targeting == null && allow.isEmpty() ? rollout : null;
  }

  /**
   * Of a flag that a snapshot has.
   *
   * @param required the evaluators of the flags that it requires
   */
  static Evaluator of(
      FlagDefinition definition,
      String version,
      Map<String, Segment> segments,
      Map<String, Evaluator> required,
      InstantSource clock) {
    return new Evaluator(definition, version, segments, required, clock);
  }

  /** Of a flag of which there is no definition: the caller's default, since {@code why}. */
  static Evaluator callersDefault(@Nullable String version, Reason reason, String why) {
    return new Evaluator(
        null, version, Ending.callersDefault(reason, why + ", so the caller's default"));
  }

  /** Of a flag that ends like that for everybody, whatever its definition, if it has one, says. */
  static Evaluator overridden(
      @Nullable FlagDefinition definition, @Nullable String version, Ending ending) {
    return new Evaluator(definition, version, ending);
  }

  Ending decide(@Nullable String id) {
    if (fixed != null) {
      return fixed;
    }
    if (targeting != null) {
      return targeted(targeting, id, null);
    }
    if (id == null || id.isEmpty()) {
      return NO_ID;
    }
    if (allow.contains(id)) {
      return allowed;
    }
    return rollout == null || rollout.takes(id) ? inside : outside;
  }

  Ending decide(long id) {
    if (fixed != null) {
      return fixed;
    }
    if (targeting != null) {
      return targeted(targeting, Long.toString(id), null);
    }
    if (Arrays.binarySearch(allowedNumbers, id) >= 0) {
      return allowed;
    }
    return rollout == null || rollout.takes(id) ? inside : outside;
  }

  Ending decide(RequestContext context) {
    if (fixed != null) {
      return fixed;
    }
    String id = id(context);
    return targeting == null ? decide(id) : targeted(targeting, id, context);
  }

  /** Whom this flag sees in a context; null or empty for nobody. */
  @Nullable String id(RequestContext context) {
    String unit = definition == null ? null : definition.unit();
    if (unit == null) {
      return context.id();
    }
    Object value = context.attribute(unit);
    return value == null ? null : Comparison.text(value);
  }

  /**
   * The flag's own percentage, if that has decided; null if a list, a rule or anything else has.
   */
  @Nullable Rollout decidedBy(Ending ending) {
    return ending.rollout() == rollout ? rollout : null;
  }

  private Ending targeted(Targeting how, @Nullable String id, @Nullable RequestContext context) {
    if (how.from != null || how.until != null) {
      Instant now = context == null ? clock.instant() : context.pinned(NOW, clock::instant);
      if (how.from != null && now.isBefore(how.from)) {
        return requireNonNull(how.early);
      }
      if (how.until != null && !now.isBefore(how.until)) {
        return requireNonNull(how.late);
      }
    }
    if (id == null || id.isEmpty()) {
      return NO_ID;
    }
    if (how.deny.contains(id)) {
      return DENIED;
    }
    for (Required required : how.requires) {
      Ending other = context == null ? required.flag.decide(id) : required.flag.decide(context);
      if (other.answer() == Ending.Answer.CALLERS_DEFAULT) {
        return other; // neither on nor off, so that nothing follows from it
      }
      if (!isMet(required, other, id, context)) {
        return required.unmet;
      }
    }
    if (allow.contains(id)) {
      return allowed;
    }
    try {
      for (PreparedRule rule : how.rules) {
        if (rule.audience.has(id, context)) {
          if (rule.rollout == null || rule.rollout.takes(id)) {
            return rule.inside;
          }
          if (!rule.goesOn) {
            return rule.outside;
          }
        }
      }
    } catch (StepBound.ExceededException e) {
      return TOO_MANY_STEPS;
    }
    return rollout == null || rollout.takes(id) ? inside : outside;
  }

  private static boolean isMet(
      Required required, Ending ending, String id, @Nullable RequestContext context) {
    Requirement requirement = required.requirement;
    if (ending.isOn() != requirement.enabled() || requirement.variants().isEmpty()) {
      return ending.isOn() == requirement.enabled();
    }
    String of = context == null ? id : required.flag.id(context);
    Variant variant = of == null ? null : ending.variant(of);
    return variant != null && requirement.variants().contains(variant.name());
  }

  private static @Nullable Targeting targeting(
      FlagDefinition of,
      Map<String, Segment> segments,
      Map<String, Evaluator> required,
      @Nullable VariantChoice choice) {
    if (of.from() == null
        && of.until() == null
        && of.deny().isEmpty()
        && of.requires().isEmpty()
        && of.rules().isEmpty()) {
      return null;
    }
    List<Required> requires = new ArrayList<>();
    for (Requirement requirement : of.requires()) {
      String asked =
          (requirement.enabled() ? " to be on" : " to be off")
              + (requirement.variants().isEmpty()
                  ? ""
                  : " with one of " + new TreeSet<>(requirement.variants()));
      requires.add(
          new Required(
              requirement,
              requireNonNull(required.get(requirement.flag())),
              Ending.off(
                  Reason.DISABLED, "the flag requires " + Quoted.of(requirement.flag()) + asked)));
    }
    List<PreparedRule> rules = new ArrayList<>();
    for (Rule rule : of.rules()) {
      rules.add(prepared(of, rule, rules.size() + 1, segments, choice));
    }
    return new Targeting(
        of.from(),
        of.until(),
        of.from() == null
            ? null
            : Ending.off(Reason.DISABLED, "the flag is not on before " + of.from()),
        of.until() == null
            ? null
            : Ending.off(Reason.DISABLED, "the flag is off since " + of.until()),
        of.deny(),
        requires,
        rules);
  }

  private static PreparedRule prepared(
      FlagDefinition of,
      Rule rule,
      int number,
      Map<String, Segment> segments,
      @Nullable VariantChoice flags) {
    String name = "rule " + number + (rule.name() == null ? "" : " " + Quoted.of(rule.name()));
    Bucketing bucketing = Bucketing.of(of.bucketer());
    VariantChoice own = VariantChoice.ofRule(bucketing, of.salt(), of.variants(), rule);
    VariantChoice choice = own == null ? flags : own;
    Audience audience = Audience.of(rule.when(), segments);
    Percentage percentage = rule.percentage();
    if (percentage == null) {
      Ending match = Ending.on(Reason.TARGETING_MATCH, name + " is met", choice);
      return new PreparedRule(audience, null, match, match, false);
    }
    String salt = rule.salt() == null ? of.salt() : rule.salt();
    Rollout rollout = Rollout.of(of.bucketer(), salt, percentage);
    return new PreparedRule(
        audience,
        rollout,
        split(Ending.Answer.ON, name + " is met: ", rollout, choice),
        split(Ending.Answer.OFF, name + " is met: ", rollout, null),
        rule.goesOn());
  }

  private static Ending split(
      Ending.Answer answer, String before, Rollout rollout, @Nullable VariantChoice choice) {
    return new Ending(Reason.SPLIT, answer, before, rollout, choice);
  }

  private static long[] numbers(Set<String> ids) {
    return ids.stream().filter(Evaluator::isNumber).mapToLong(Long::parseLong).sorted().toArray();
  }

  // "007" and "+7" are nobody's number: the long 7 is the text "7".
  private static boolean isNumber(String id) {
    if (id.isEmpty() || id.charAt(0) > '9') {
      return false; // as most ids are, and a NumberFormatException takes its time
    }
    try {
      return Long.toString(Long.parseLong(id)).equals(id);
    } catch (NumberFormatException e) {
      return false;
    }
  }
}
