package dev.zdd.flags;

import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.Value;
import dev.zdd.core.RequestContext;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An OpenFeature evaluation context as a {@link RequestContext}: the targeting key is the id, and
 * each attribute an attribute. Nothing is left out: what rules have no kind for becomes text, a
 * structure its JSON, a number that is neither a long nor a double its decimal text, and a list one
 * text for each element.
 */
final class OpenFeatureContext {
  private OpenFeatureContext() {}

  /**
   * The context of {@code evaluation}; what it does not say is {@code request}'s, if there is one.
   *
   * @throws IllegalArgumentException naming the attribute, if one cannot be written
   */
  static RequestContext of(
      @Nullable EvaluationContext evaluation, @Nullable RequestContext request) {
    String key = evaluation == null ? null : evaluation.getTargetingKey();
    boolean isKnown = key != null && !key.isEmpty();
    RequestContext.Builder builder =
        RequestContext.builder(isKnown || request == null ? key : request.id());
    if (request != null) {
      request.attributes().forEach((name, attribute) -> put(builder, name, attribute));
    }
    if (evaluation != null) {
      for (Map.Entry<String, Value> entry : evaluation.asUnmodifiableMap().entrySet()) {
        if (!entry.getKey().equals(EvaluationContext.TARGETING_KEY)) {
          put(builder, entry.getKey(), attribute(entry.getKey(), entry.getValue()));
        }
      }
    }
    return builder.build();
  }

  private static void put(RequestContext.Builder builder, String name, @Nullable Object attribute) {
    if (attribute instanceof Boolean truth) {
      builder.attribute(name, truth.booleanValue());
    } else if (attribute instanceof Instant moment) {
      builder.attribute(name, moment);
    } else if (attribute instanceof Double number) {
      builder.attribute(name, number.doubleValue());
    } else if (attribute instanceof Long number) {
      builder.attribute(name, number.longValue());
    } else if (attribute instanceof List<?> several) {
      builder.attribute(name, several.stream().map(String::valueOf).toList());
    } else {
      builder.attribute(name, (String) attribute);
    }
  }

  /** A text, a boolean, a Long, a Double, an Instant or a list of texts; null for none. */
  private static @Nullable Object attribute(String name, @Nullable Value value) {
    try {
      if (value == null || value.isNull()) {
        return null;
      }
      if (value.isList()) {
        List<String> texts = new ArrayList<>();
        for (Value element : value.asList()) {
          texts.add(text(element));
        }
        return texts;
      }
      return scalar(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("attribute " + Quoted.of(name) + ": " + e.getMessage(), e);
    }
  }

  private static Object scalar(Value value) {
    if (value.isNumber()) {
      return number((Number) value.asObject());
    }
    return value.isString() || value.isBoolean() || value.isInstant()
        ? value.asObject()
        : OpenFeatureJson.write(value);
  }

  private static Object number(Number number) {
    if (number instanceof Double) {
      return number;
    }
    if (number instanceof Long || number instanceof Integer) {
      return number.longValue();
    }
    return new BigDecimal(number.toString()).toString();
  }

  private static String text(@Nullable Value element) {
    return element == null || element.isNull() || element.isList()
        ? OpenFeatureJson.write(element == null ? new Value() : element)
        : Comparison.text(scalar(element));
  }
}
