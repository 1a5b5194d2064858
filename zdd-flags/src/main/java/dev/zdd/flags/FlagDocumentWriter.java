package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes the document that {@link FlagDocument} reads, for people: indented, one field a line, in
 * the order of the table in {@code docs/flags.md}, without what is the default anyway. Flags,
 * segments, rules and variants keep their order, and sets are sorted, so that a change is as small
 * in the text as in the flags.
 */
final class FlagDocumentWriter {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int PERCENTAGE_DECIMALS = 4;
  // A surrogate that is no half of a pair: UTF-8 has no bytes for it. Stands in strings only.
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\p{Cs}");

  private final JsonGenerator json;

  private FlagDocumentWriter(JsonGenerator json) {
    this.json = json;
  }

  /**
   * A snapshot as a document, with a line feed at its end.
   *
   * @param version the document's own, 0 or more; null for none
   */
  static String write(FlagSnapshot snapshot, @Nullable Long version) {
    return written(true, writer -> writer.snapshot(snapshot, version)) + "\n";
  }

  /** A definition alone on one line, without its key. */
  static String line(FlagDefinition definition) {
    return written(false, writer -> writer.definition(definition));
  }

  @FunctionalInterface
  private interface Content {
    void writeTo(FlagDocumentWriter writer) throws IOException;
  }

  private static String written(boolean indented, Content content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(text)) {
      if (indented) {
        generator.setPrettyPrinter(
            new DefaultPrettyPrinter()
                .withSeparators(
                    Separators.createDefaultInstance()
                        .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                        .withArrayValueSpacing(Separators.Spacing.AFTER)
                        .withArrayEmptySeparator("")
                        .withObjectEmptySeparator(""))
                .withArrayIndenter(DefaultPrettyPrinter.NopIndenter.instance)
                .withObjectIndenter(new DefaultIndenter("  ", "\n")));
      }
      content.writeTo(new FlagDocumentWriter(generator));
    } catch (IOException e) {
      throw new AssertionError("a string has no device to fail", e);
    }
    return LONE_SURROGATE
        .matcher(text.toString())
        .replaceAll(lone -> String.format("\\\\u%04x", (int) lone.group().charAt(0)));
  }

  private void snapshot(FlagSnapshot snapshot, @Nullable Long version) throws IOException {
    json.writeStartObject();
    if (version != null) {
      json.writeNumberField("version", version);
    }
    texts("retired", sorted(snapshot.retired()));
    if (!snapshot.segments().isEmpty()) {
      json.writeObjectFieldStart("segments");
      for (Segment segment : snapshot.segments()) {
        segment(segment);
      }
      json.writeEndObject();
    }
    json.writeObjectFieldStart("flags");
    for (FlagDefinition definition : snapshot.definitions()) {
      json.writeFieldName(definition.key());
      definition(definition);
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private void segment(Segment segment) throws IOException {
    json.writeObjectFieldStart(segment.name());
    texts("include", sorted(segment.include()));
    texts("exclude", sorted(segment.exclude()));
    if (!segment.when().isEmpty()) {
      conditions(segment.when());
    }
    json.writeEndObject();
  }

  private void definition(FlagDefinition flag) throws IOException {
    json.writeStartObject();
    if (flag.type() != FlagType.RELEASE) {
      json.writeStringField("type", flag.type().text());
    }
    json.writeBooleanField("enabled", flag.enabled());
    text("from", flag.from());
    text("until", flag.until());
    texts("deny", sorted(flag.deny()));
    texts("allow", sorted(flag.allow()));
    if (!flag.requires().isEmpty()) {
      json.writeArrayFieldStart("requires");
      for (Requirement requirement : flag.requires()) {
        requirement(requirement);
      }
      json.writeEndArray();
    }
    if (!flag.rules().isEmpty()) {
      json.writeArrayFieldStart("rules");
      for (Rule rule : flag.rules()) {
        rule(rule);
      }
      json.writeEndArray();
    }
    percentage(flag.percentage());
    if (!flag.variants().isEmpty()) {
      json.writeArrayFieldStart("variants");
      for (Variant variant : flag.variants()) {
        variant(variant);
      }
      json.writeEndArray();
    }
    text("unit", flag.unit());
    text("salt", flag.salt().equals(flag.key()) ? null : flag.salt());
    text("bucketer", flag.bucketer().equals(Zdd1.NAME) ? null : flag.bucketer());
    text("owner", flag.owner());
    text("created", flag.created());
    text("expires", flag.expires());
    json.writeEndObject();
  }

  private void requirement(Requirement requirement) throws IOException {
    if (requirement.enabled() && requirement.variants().isEmpty()) {
      json.writeString(requirement.flag());
      return;
    }
    json.writeStartObject();
    json.writeStringField("flag", requirement.flag());
    if (!requirement.enabled()) {
      json.writeBooleanField("enabled", false);
    }
    texts("variants", sorted(requirement.variants()));
    json.writeEndObject();
  }

  private void rule(Rule rule) throws IOException {
    json.writeStartObject();
    text("name", rule.name());
    conditions(rule.when());
    percentage(rule.percentage());
    text("salt", rule.salt());
    weights(rule.weights());
    yes("goesOn", rule.goesOn());
    json.writeEndObject();
  }

  private void weights(Map<String, Integer> weights) throws IOException {
    if (weights.size() == 1 && weights.containsValue(1)) {
      json.writeStringField("variant", weights.keySet().iterator().next());
    } else if (!weights.isEmpty()) {
      json.writeObjectFieldStart("weights");
      for (Map.Entry<String, Integer> each : weights.entrySet()) {
        json.writeNumberField(each.getKey(), each.getValue());
      }
      json.writeEndObject();
    }
  }

  private void conditions(List<Condition> conditions) throws IOException {
    json.writeArrayFieldStart("when");
    for (Condition condition : conditions) {
      json.writeStartObject();
      if (condition instanceof Condition.OfAttribute of) {
        json.writeStringField("attribute", of.attribute());
        json.writeStringField("operator", of.operator().text());
        texts("values", of.values());
        yes("ignoreCase", of.ignoreCase());
      } else {
        json.writeStringField("segment", ((Condition.InSegment) condition).segment());
      }
      yes("not", condition.not());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void variant(Variant variant) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", variant.name());
    json.writeNumberField("weight", variant.weight());
    if (!variant.value().equals(new FlagValue.Text(variant.name()))) {
      json.writeFieldName("value");
      json.writeRawValue(variant.value().asJson());
    }
    json.writeEndObject();
  }

  private void percentage(@Nullable Percentage percentage) throws IOException {
    if (percentage != null) {
      BigDecimal exact = BigDecimal.valueOf(percentage.ppm(), PERCENTAGE_DECIMALS);
      text("percentage", exact.stripTrailingZeros().toPlainString());
    }
  }

  private void text(String field, @Nullable Object value) throws IOException {
    if (value != null) {
      json.writeStringField(field, value.toString());
    }
  }

  private void yes(String field, boolean value) throws IOException {
    if (value) {
      json.writeBooleanField(field, true);
    }
  }

  private void texts(String field, List<String> texts) throws IOException {
    if (!texts.isEmpty()) {
      json.writeArrayFieldStart(field);
      for (String text : texts) {
        json.writeString(text);
      }
      json.writeEndArray();
    }
  }

  private static List<String> sorted(Collection<String> texts) {
    return texts.stream().sorted().toList();
  }
}
