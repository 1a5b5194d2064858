package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.io.StringWriter;

/** JSON as text without needless space. */
final class JsonText {
  private static final JsonFactory JSON = new JsonFactory();

  private JsonText() {}

  /** A value's. */
  static String of(FlagValue value) {
    if (value instanceof FlagValue.Json json) {
      return json.json();
    }
    if (value instanceof FlagValue.Numeric numeric) {
      return numeric.number().toString();
    }
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(text)) {
      generator.writeString(((FlagValue.Text) value).text());
    } catch (IOException e) {
      throw new AssertionError("a string has no device to fail", e);
    }
    return text.toString();
  }

  /**
   * That of the object or array, its numbers exactly, that begins at {@code parser}'s token; leaves
   * it at the end.
   */
  static String copy(JsonParser parser) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(text)) {
      generator.copyCurrentStructureExact(parser);
    }
    return text.toString();
  }
}
