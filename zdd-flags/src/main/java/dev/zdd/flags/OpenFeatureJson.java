package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.Value;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as OpenFeature's {@link Value} and back, each number exactly. A {@code Value} holds a number
 * that is an {@code int} as {@link Integer}, a {@code long} as {@link Long}, and one that is the
 * shortest text of a double as {@link Double}; all others as {@link BigInteger} or {@link
 * BigDecimal}, which {@link Value#asObject} gives, and {@link Value#asDouble} rounds. JSON has no
 * moments, so an {@link java.time.Instant} becomes its ISO 8601 text.
 */
final class OpenFeatureJson {
  private static final JsonFactory JSON = new JsonFactory();

  private OpenFeatureJson() {}

  /**
   * The value of a JSON text.
   *
   * @throws IllegalArgumentException if it is none
   */
  static Value read(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      parser.nextToken();
      return value(parser);
    } catch (IOException e) {
      throw new IllegalArgumentException("no JSON: " + e.getMessage(), e);
    }
  }

  /**
   * The JSON text of a value.
   *
   * @throws IllegalArgumentException if it has a number that is not finite or something that is no
   *     value, or is nested deeper than 1,000 levels, as one that holds itself is
   */
  static String write(Value value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator =
        JSON.createGenerator(text).disable(JsonGenerator.Feature.AUTO_CLOSE_JSON_CONTENT)) {
      write(value, generator);
    } catch (IOException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return text.toString();
  }

  private static Value value(JsonParser parser) throws IOException {
    return switch (parser.currentToken()) {
      case START_OBJECT -> new Value(new ImmutableStructure(fields(parser)));
      case START_ARRAY -> new Value(elements(parser));
      case VALUE_STRING -> new Value(parser.getText());
      case VALUE_TRUE -> new Value(true);
      case VALUE_FALSE -> new Value(false);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser);
      default -> new Value();
    };
  }

  private static Map<String, Value> fields(JsonParser parser) throws IOException {
    Map<String, Value> fields = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      parser.nextToken();
      fields.put(name, value(parser));
    }
    return fields;
  }

  private static List<Value> elements(JsonParser parser) throws IOException {
    List<Value> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(parser));
    }
    return elements;
  }

  private static Value number(JsonParser parser) throws IOException {
    return switch (parser.getNumberType()) {
      case INT -> new Value(parser.getIntValue());
      case LONG -> new Value(parser.getLongValue());
      case BIG_INTEGER -> exact(parser.getBigIntegerValue());
      default -> {
        BigDecimal decimal = parser.getDecimalValue();
        double near = parser.getDoubleValue();
        yield Double.isFinite(near) && BigDecimal.valueOf(near).compareTo(decimal) == 0
            ? new Value(near)
            : exact(decimal);
      }
    };
  }

  private static Value exact(Number number) {
    try {
      return new Value((Object) number);
    } catch (InstantiationException e) {
      throw new AssertionError("a Value takes every number", e);
    }
  }

  private static String text(Number number) {
    if (number instanceof Double && !Double.isFinite(number.doubleValue())) {
      throw new IllegalArgumentException(number + " (expected: a number, which JSON can write)");
    }
    // The text of a double is JSON, and has the sign of -0.0. Of other classes who knows.
    return number instanceof Double
        ? number.toString()
        : new BigDecimal(number.toString()).toString();
  }

  private static void write(@Nullable Value value, JsonGenerator to) throws IOException {
    if (value == null || value.isNull()) {
      to.writeNull();
    } else if (value.isStructure()) {
      to.writeStartObject();
      for (Map.Entry<String, Value> field : value.asStructure().asUnmodifiableMap().entrySet()) {
        to.writeFieldName(field.getKey());
        write(field.getValue(), to);
      }
      to.writeEndObject();
    } else if (value.isList()) {
      to.writeStartArray();
      for (Value element : value.asList()) {
        write(element, to);
      }
      to.writeEndArray();
    } else if (value.isNumber()) {
      to.writeNumber(text((Number) value.asObject()));
    } else if (value.isBoolean()) {
      to.writeBoolean(value.asBoolean());
    } else if (value.isString() || value.isInstant()) {
      to.writeString(value.asObject().toString());
    } else {
      throw new IllegalArgumentException(
          value.asObject().getClass().getName() + " (expected: a list of values)");
    }
  }
}
