package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
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

  /** Whether it is an object or an array, and nothing else. */
  static boolean isStructure(String json) {
    try (JsonParser parser = JSON.createParser(json)) {
      JsonToken first = parser.nextToken();
      if (first == null || !first.isStructStart()) {
        return false;
      }
      parser.skipChildren();
      return parser.nextToken() == null;
    } catch (IOException e) {
      return false;
    }
  }

  /** That of the object or array that begins at {@code parser}'s token; leaves it at the end. */
  static String copy(JsonParser parser) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = JSON.createGenerator(text)) {
      int depth = 0;
      do {
        JsonToken token = parser.currentToken();
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
        if (token.isNumeric() && parser.isNaN()) {
          throw new JsonParseException(
              parser, Quoted.of(parser.getText()) + " is no number", parser.currentTokenLocation());
        } else if (token.isNumeric()) {
          generator.writeNumber(parser.getText()); // as it was written, and not through a double
        } else {
          generator.copyCurrentEvent(parser);
        }
      } while (depth > 0 && parser.nextToken() != null);
    }
    return text.toString();
  }
}
