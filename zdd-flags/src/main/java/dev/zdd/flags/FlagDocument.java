package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonLocation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON document that {@code docs/flags.md} describes. Strict: a field it does not know is
 * refused, since {@code "percentge": 10} must not quietly mean something else, and so is a field
 * that stands twice. Every refusal says line, column, flag, field, value and expectation.
 */
final class FlagDocument {
  private static final String DOCUMENT_FIELDS = "$schema, flags, retired, segments, version";
  private static final String FLAG_FIELDS =
      "allow, bucketer, created, deny, enabled, expires, from, owner, percentage, requires, rules,"
          + " salt, type, unit, until, variants";
  private static final String RULE_FIELDS =
      "goesOn, name, percentage, salt, variant, weights, when";
  private static final String CONDITION_FIELDS =
      "attribute, ignoreCase, not, operator, segment, values";
  private static final String VARIANT_FIELDS = "name, value, weight";
  private static final String REQUIREMENT_FIELDS = "enabled, flag, variants";
  private static final String SEGMENT_FIELDS = "exclude, include, when";

  private static final int FINGERPRINT_DIGITS = 8;

  private final DocumentReader reader;
  private final Map<String, JsonLocation> places = new HashMap<>();

  private FlagDocument(DocumentReader reader) {
    this.reader = reader;
  }

  /**
   * Reads a document whole.
   *
   * @throws FlagDocumentException if anything in it is wrong
   */
  static FlagSnapshot parse(byte[] content) throws FlagDocumentException {
    return DocumentReader.read(
        content, reader -> new FlagDocument(reader).document(fingerprint(content)));
  }

  private FlagSnapshot document(String fingerprint) throws IOException, FlagDocumentException {
    String version = fingerprint;
    List<FlagDefinition> definitions = null;
    List<Segment> segments = List.of();
    Set<String> retired = Set.of();
    while (reader.nextField()) {
      switch (reader.name()) {
        case "version" ->
            version =
                reader.whole(Long.MAX_VALUE, "a whole number, 0 or more, of at most 63 bits")
                    + "-"
                    + fingerprint;
        case "$schema" -> reader.text(); // for editors
        case "flags" -> definitions = flags();
        case "segments" -> segments = segments();
        case "retired" -> retired = retired();
        default -> throw reader.unknownField(DOCUMENT_FIELDS);
      }
    }
    if (definitions == null) {
      throw reader.missing("flags", "an object of flags");
    }
    try {
      return new FlagSnapshot(version, definitions, segments, retired);
    } catch (FlagMisfitException e) {
      JsonLocation place = places.get(e.flag());
      throw reader.refused(place == null ? reader.place() : place, String.valueOf(e.getMessage()));
    }
  }

  private List<FlagDefinition> flags() throws IOException, FlagDocumentException {
    reader.object("an object of flags");
    List<FlagDefinition> definitions = new ArrayList<>();
    while (reader.nextField()) {
      String key = reader.name();
      places.put(key, reader.place());
      reader.part("flag " + Quoted.of(key));
      reader.object("an object");
      try {
        definitions.add(definition(FlagDefinition.builder(key)));
      } catch (IllegalArgumentException e) {
        throw reader.refused(e);
      }
      reader.part(null);
    }
    return definitions;
  }

  private FlagDefinition definition(FlagDefinition.Builder builder)
      throws IOException, FlagDocumentException {
    boolean complete = false;
    while (reader.nextField()) {
      switch (reader.name()) {
        case "type" -> builder.type(FlagType.of(reader.text()));
        case "enabled" -> {
          builder.enabled(reader.bool());
          complete = true;
        }
        case "from" -> builder.from(reader.moment());
        case "until" -> builder.until(reader.moment());
        case "deny" -> builder.deny(ids());
        case "allow" -> builder.allow(ids());
        case "requires" -> builder.requires(requirements());
        case "rules" -> builder.rules(rules());
        case "percentage" -> builder.percentage(reader.decimal());
        case "variants" -> builder.variants(variants());
        case "unit" -> builder.unit(reader.text());
        case "salt" -> builder.salt(reader.textOrNone());
        case "bucketer" -> builder.bucketer(reader.text());
        case "owner" -> builder.owner(reader.text());
        case "created" -> builder.created(reader.date());
        case "expires" -> builder.expires(reader.date());
        default -> throw reader.unknownField(FLAG_FIELDS);
      }
    }
    if (!complete) {
      throw reader.missing("enabled", "true or false");
    }
    return builder.build();
  }

  private String[] ids() throws IOException, FlagDocumentException {
    return reader.texts().toArray(String[]::new);
  }

  private Requirement[] requirements() throws IOException, FlagDocumentException {
    reader.array("an array of flags");
    List<Requirement> requirements = new ArrayList<>();
    while (reader.nextElement()) {
      if (reader.isText()) {
        requirements.add(Requirement.on(reader.presentText()));
      } else {
        reader.presentObject("a flag's key, or an object");
        requirements.add(requirement());
      }
    }
    return requirements.toArray(Requirement[]::new);
  }

  private Requirement requirement() throws IOException, FlagDocumentException {
    String flag = null;
    boolean enabled = true;
    Set<String> variants = Set.of();
    while (reader.nextField()) {
      switch (reader.name()) {
        case "flag" -> flag = reader.text();
        case "enabled" -> enabled = reader.bool();
        case "variants" -> variants = Set.copyOf(reader.texts());
        default -> throw reader.unknownField(REQUIREMENT_FIELDS);
      }
    }
    if (flag == null) {
      throw reader.missing("flag", "a flag's key");
    }
    return new Requirement(flag, enabled, variants);
  }

  private Variant[] variants() throws IOException, FlagDocumentException {
    reader.array("an array of variants");
    List<Variant> variants = new ArrayList<>();
    while (reader.nextElement()) {
      reader.presentObject("an object");
      variants.add(variant());
    }
    return variants.toArray(Variant[]::new);
  }

  private Variant variant() throws IOException, FlagDocumentException {
    String name = null;
    Integer weight = null;
    FlagValue value = null;
    while (reader.nextField()) {
      switch (reader.name()) {
        case "name" -> name = reader.text();
        case "weight" -> weight = weight();
        case "value" -> value = reader.value();
        default -> throw reader.unknownField(VARIANT_FIELDS);
      }
    }
    if (name == null) {
      throw reader.missing("name", "text");
    }
    if (weight == null) {
      throw reader.missing("weight", "a whole number, 0 or more");
    }
    return new Variant(name, weight, value == null ? new FlagValue.Text(name) : value);
  }

  private int weight() throws IOException, FlagDocumentException {
    return (int) reader.whole(Integer.MAX_VALUE, "a whole number, 0 to " + Integer.MAX_VALUE);
  }

  private Rule[] rules() throws IOException, FlagDocumentException {
    reader.array("an array of rules");
    List<Rule> rules = new ArrayList<>();
    while (reader.nextElement()) {
      reader.presentObject("an object");
      rules.add(rule());
    }
    return rules.toArray(Rule[]::new);
  }

  private Rule rule() throws IOException, FlagDocumentException {
    String name = null;
    List<Condition> when = null;
    Percentage percentage = null;
    String salt = null;
    Map<String, Integer> weights = Map.of();
    boolean goesOn = false;
    while (reader.nextField()) {
      switch (reader.name()) {
        case "name" -> name = reader.text();
        case "when" -> when = conditions();
        case "percentage" -> percentage = Percentage.parse(reader.decimal());
        case "salt" -> salt = reader.text();
        case "variant" -> weights = once(weights, Map.of(reader.text(), 1));
        case "weights" -> weights = once(weights, weights());
        case "goesOn" -> goesOn = reader.bool();
        default -> throw reader.unknownField(RULE_FIELDS);
      }
    }
    if (when == null) {
      throw reader.missing("when", "an array of conditions, empty for everybody");
    }
    return new Rule(name, when, percentage, salt, weights, goesOn);
  }

  private static Map<String, Integer> once(Map<String, Integer> before, Map<String, Integer> now) {
    if (!before.isEmpty()) {
      throw new IllegalArgumentException(
          "rules: weights: beside variant (expected: one of the two)");
    }
    return now;
  }

  private Map<String, Integer> weights() throws IOException, FlagDocumentException {
    reader.object("an object of weights by variant");
    Map<String, Integer> weights = new LinkedHashMap<>();
    while (reader.nextField()) {
      weights.put(reader.name(), weight());
    }
    if (weights.isEmpty()) {
      throw reader.missing("weights", "at least one");
    }
    return weights;
  }

  private List<Condition> conditions() throws IOException, FlagDocumentException {
    reader.array("an array of conditions");
    List<Condition> conditions = new ArrayList<>();
    while (reader.nextElement()) {
      reader.presentObject("an object");
      conditions.add(condition());
    }
    return conditions;
  }

  private Condition condition() throws IOException, FlagDocumentException {
    String attribute = null;
    Operator operator = null;
    List<String> values = List.of();
    String segment = null;
    boolean ignoreCase = false;
    boolean not = false;
    while (reader.nextField()) {
      switch (reader.name()) {
        case "attribute" -> attribute = reader.text();
        case "operator" -> operator = Operator.of(reader.text());
        case "values" -> values = reader.scalars();
        case "segment" -> segment = reader.text();
        case "ignoreCase" -> ignoreCase = reader.bool();
        case "not" -> not = reader.bool();
        default -> throw reader.unknownField(CONDITION_FIELDS);
      }
    }
    return condition(attribute, operator, values, segment, ignoreCase, not);
  }

  private Condition condition(
      @Nullable String attribute,
      @Nullable Operator operator,
      List<String> values,
      @Nullable String segment,
      boolean ignoreCase,
      boolean not)
      throws FlagDocumentException {
    if (segment != null) {
      if (attribute != null || operator != null || !values.isEmpty() || ignoreCase) {
        throw reader.refused("a segment beside an attribute (expected: one of the two)");
      }
      return new Condition.InSegment(segment, not);
    }
    if (attribute == null) {
      throw reader.missing("attribute", "an attribute's name, or a segment");
    }
    if (operator == null) {
      throw reader.missing("operator", "how the attribute is compared");
    }
    return new Condition.OfAttribute(attribute, operator, values, ignoreCase, not);
  }

  private List<Segment> segments() throws IOException, FlagDocumentException {
    reader.object("an object of segments");
    List<Segment> segments = new ArrayList<>();
    while (reader.nextField()) {
      String name = reader.name();
      reader.part("segment " + Quoted.of(name));
      reader.object("an object");
      try {
        segments.add(segment(name));
      } catch (IllegalArgumentException e) {
        throw reader.refused(e);
      }
      reader.part(null);
    }
    return segments;
  }

  private Segment segment(String name) throws IOException, FlagDocumentException {
    Set<String> include = Set.of();
    Set<String> exclude = Set.of();
    List<Condition> when = List.of();
    while (reader.nextField()) {
      switch (reader.name()) {
        case "include" -> include = Set.copyOf(reader.texts());
        case "exclude" -> exclude = Set.copyOf(reader.texts());
        case "when" -> when = conditions();
        default -> throw reader.unknownField(SEGMENT_FIELDS);
      }
    }
    return new Segment(name, include, exclude, when);
  }

  private Set<String> retired() throws IOException, FlagDocumentException {
    reader.array("an array of keys");
    Set<String> retired = new HashSet<>();
    while (reader.nextElement()) {
      try {
        retired.add(FlagKeys.require("retired", reader.presentText()));
      } catch (IllegalArgumentException e) {
        throw reader.refused(e);
      }
    }
    return retired;
  }

  /** Tells documents apart that bear the same version, or none. */
  static String fingerprint(byte[] content) {
    return Sha256.hex(content).substring(0, FINGERPRINT_DIGITS);
  }
}
