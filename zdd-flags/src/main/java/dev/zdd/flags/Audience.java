package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.RequestContext;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Whom some conditions are met by, made ready. Immutable. */
final class Audience {
  private final List<Test> tests;

  private Audience(List<Test> tests) {
    this.tests = tests;
  }

  /** Who meets all of {@code conditions}; their segments are all in {@code segments}. */
  static Audience of(List<Condition> conditions, Map<String, Segment> segments) {
    return new Audience(conditions.stream().map(condition -> test(condition, segments)).toList());
  }

  /**
   * Whether one is in it.
   *
   * @param id the id, or what takes its place
   * @param context null if there are no attributes
   * @throws StepBound.ExceededException if an expression took too many steps to tell
   */
  boolean has(String id, @Nullable RequestContext context) {
    for (Test test : tests) {
      if (!test.isMet(id, context)) {
        return false;
      }
    }
    return true;
  }

  private interface Test {
    boolean isMet(String id, @Nullable RequestContext context);
  }

  private static Test test(Condition condition, Map<String, Segment> segments) {
    if (condition instanceof Condition.OfAttribute of) {
      Comparison test = of.operator().test(of.values(), of.ignoreCase());
      return (id, context) -> {
        Object attribute = attribute(of.attribute(), id, context);
        return (attribute != null && test.test(attribute)) != of.not();
      };
    }
    Condition.InSegment in = (Condition.InSegment) condition;
    Segment segment = requireNonNull(segments.get(in.segment()));
    Set<String> include = segment.include();
    Set<String> exclude = segment.exclude();
    Audience others = segment.when().isEmpty() ? null : of(segment.when(), Map.of());
    return (id, context) -> {
      boolean isIn =
          !exclude.contains(id)
              && (include.contains(id) || (others != null && others.has(id, context)));
      return isIn != in.not();
    };
  }

  private static @Nullable Object attribute(
      String name, String id, @Nullable RequestContext context) {
    Object known = context == null ? null : context.attribute(name);
    if (known != null || !name.equals(Condition.ID)) {
      return known;
    }
    String own = context == null ? id : context.id(); // not what takes its place for this flag
    return own == null || own.isEmpty() ? null : own;
  }
}
