package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import java.util.List;

/** What a rule or a segment asks of a {@link dev.zdd.core.RequestContext}. */
public sealed interface Condition {
  /** The attribute that is the context's id, unless the context has one of that name. */
  String ID = "id";

  /** Whether it is met if the rest says that it is not. */
  boolean not();

  /** The opposite. */
  Condition negated();

  /**
   * That an attribute is like one of some values. An attribute that is not there, or of a kind that
   * the operator does not compare, is like none; one with several texts is like a value if one of
   * its texts is.
   *
   * @param attribute its name; {@value #ID} for the id
   * @param operator how it is compared
   * @param values what it is compared with
   * @param ignoreCase whether {@code a} is like {@code A}; for texts only
   * @param not whether it must be like none of them
   */
  record OfAttribute(
      String attribute, Operator operator, List<String> values, boolean ignoreCase, boolean not)
      implements Condition {
    /** Copies the list; refuses values that the operator cannot compare with. */
    public OfAttribute {
      requireNonNull(operator, "operator");
      values = List.copyOf(values);
      if (attribute.isEmpty()) {
        throw new IllegalArgumentException("attribute: \"\" (expected: a name)");
      }
      if (ignoreCase && !operator.comparesTexts()) {
        throw new IllegalArgumentException(
            "ignoreCase: true (expected: false with operator \"" + operator.text() + "\")");
      }
      operator.test(values, ignoreCase); // refuses them
    }

    @Override
    public OfAttribute negated() {
      return new OfAttribute(attribute, operator, values, ignoreCase, !not);
    }

    /** The same, whatever the case of letters. */
    public OfAttribute ignoringCase() {
      return new OfAttribute(attribute, operator, values, true, not);
    }
  }

  /**
   * That whoever asks is in a segment.
   *
   * @param segment its name
   * @param not whether he must not be
   */
  record InSegment(String segment, boolean not) implements Condition {
    /** Refuses null. */
    public InSegment {
      requireNonNull(segment, "segment");
    }

    @Override
    public InSegment negated() {
      return new InSegment(segment, !not);
    }
  }

  /**
   * That an attribute compares to one of {@code values}.
   *
   * @throws IllegalArgumentException if the operator cannot compare with one of them
   */
  static OfAttribute attribute(String name, Operator operator, String... values) {
    return new OfAttribute(name, operator, List.of(values), false, false);
  }

  /** That whoever asks is in the segment of that name. */
  static InSegment segment(String name) {
    return new InSegment(name, false);
  }
}
