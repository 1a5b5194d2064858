package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The rows of vectors.json, and of what other systems have published. */
final class Vectors {
  static final String FILE = "src/test/resources/dev/zdd/flags/vectors.json";

  private Vectors() {}

  /** One row: texts, numbers, lists of numbers and truth values by name. */
  record Row(Map<String, Object> values) {
    String text(String name) {
      return (String) values.get(name);
    }

    long number(String name) {
      return (Long) values.get(name);
    }

    Weights weights() {
      return Weights.of((int[]) values.get("weights"));
    }

    boolean bool(String name) {
      return (Boolean) values.get(name);
    }
  }

  static List<Row> of(String section) {
    return of("vectors.json", section);
  }

  static List<Row> of(String file, String section) {
    try (InputStream in = Vectors.class.getResourceAsStream(file);
        JsonParser parser = new JsonFactory().createParser(in)) {
      while (parser.nextToken() != null) {
        if (parser.currentToken() == JsonToken.START_ARRAY
            && section.equals(parser.currentName())) {
          return rows(parser);
        }
      }
      throw new AssertionError("no section " + section);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Row> rows(JsonParser parser) throws IOException {
    List<Row> rows = new ArrayList<>();
    while (parser.nextToken() == JsonToken.START_OBJECT) {
      Map<String, Object> values = new HashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        values.put(name, value(parser));
      }
      rows.add(new Row(values));
    }
    return rows;
  }

  private static Object value(JsonParser parser) throws IOException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.START_ARRAY) {
      IntStream.Builder numbers = IntStream.builder();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        numbers.add(parser.getIntValue());
      }
      return numbers.build().toArray();
    }
    if (token.isBoolean()) {
      return parser.getBooleanValue();
    }
    return token.isNumeric() ? (Object) parser.getLongValue() : parser.getText();
  }
}
