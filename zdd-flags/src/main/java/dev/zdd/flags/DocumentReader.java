package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Steps through a JSON document whose every field is known, and says of whatever it did not expect
 * where that stands, what it is and what was expected.
 */
final class DocumentReader {
  // NaN and Infinity are read so that the percentage refuses them, in the words it has for numbers.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static final int LONGEST_NUMBER = 100;

  private final JsonParser parser;
  // Where the reader is, for a message.
  private @Nullable String part;
  private @Nullable String field;

  private DocumentReader(JsonParser parser) {
    this.parser = parser;
  }

  /** Reads the structure of a document from its beginning to its end. */
  @FunctionalInterface
  interface Structure<T> {
    /** Reads the fields of the document's object. */
    T read(DocumentReader reader) throws IOException, FlagDocumentException;
  }

  /**
   * Reads a document whole.
   *
   * @throws FlagDocumentException if anything in it is wrong
   */
  static <T> T read(byte[] content, Structure<T> structure) throws FlagDocumentException {
    try (JsonParser parser = JSON.createParser(content)) {
      return new DocumentReader(parser).document(structure);
    } catch (IOException e) {
      // There is no device to fail: the parser reads an array.
      throw new FlagDocumentException("unreadable: " + e.getMessage());
    }
  }

  private <T> T document(Structure<T> structure) throws IOException, FlagDocumentException {
    try {
      if (parser.nextToken() == null) {
        throw refused(parser.currentLocation(), "empty (expected: a JSON object)");
      }
      require(parser.currentToken() == JsonToken.START_OBJECT, "a JSON object");
      T read = structure.read(this);
      if (parser.nextToken() != null) {
        throw refused("more after the end of the document (expected: nothing)");
      }
      return read;
    } catch (JsonEOFException e) {
      throw refused(e.getLocation(), "the document breaks off (expected: more; half-written?)");
    } catch (JsonProcessingException e) {
      String said = String.valueOf(e.getOriginalMessage());
      // Who nests too deep, or writes too long a number, is told without a place.
      JsonLocation where = e.getLocation() == null ? parser.currentLocation() : e.getLocation();
      throw refused(where, "bad JSON: " + Quoted.line(said));
    }
  }

  /** Names the part that is read from here on, as {@code flag "x"}; null for none. */
  void part(@Nullable String name) {
    part = name;
    field = null;
  }

  /** Steps to the next field of the present object, if it has one. */
  boolean nextField() throws IOException {
    field = null;
    boolean another = parser.nextToken() != JsonToken.END_OBJECT;
    if (another) {
      field = parser.currentName();
    }
    return another;
  }

  /** The present field's name. */
  String name() throws IOException {
    return parser.currentName();
  }

  /** Where the reader is. */
  JsonLocation place() {
    return parser.currentTokenLocation();
  }

  /** Steps to the value of the present field, which has to be an object. */
  void object(String expected) throws IOException, FlagDocumentException {
    require(parser.nextToken() == JsonToken.START_OBJECT, expected);
  }

  /** Steps to the value of the present field, which has to be an array. */
  void array(String expected) throws IOException, FlagDocumentException {
    require(parser.nextToken() == JsonToken.START_ARRAY, expected);
  }

  /** Steps to the next element of the present array, if it has one. */
  boolean nextElement() throws IOException {
    return parser.nextToken() != JsonToken.END_ARRAY;
  }

  /** Whether the present element is text. */
  boolean isText() {
    return parser.currentToken() == JsonToken.VALUE_STRING;
  }

  /** The present element is to be an object. */
  void presentObject(String expected) throws IOException, FlagDocumentException {
    require(parser.currentToken() == JsonToken.START_OBJECT, expected);
  }

  boolean bool() throws IOException, FlagDocumentException {
    require(parser.nextToken().isBoolean(), "true or false");
    return parser.getBooleanValue();
  }

  /** A whole number from 0 on. */
  long whole(long most, String expected) throws IOException, FlagDocumentException {
    boolean whole =
        parser.nextToken() == JsonToken.VALUE_NUMBER_INT
            && parser.getNumberType() != NumberType.BIG_INTEGER;
    require(whole && parser.getLongValue() >= 0 && parser.getLongValue() <= most, expected);
    return parser.getLongValue();
  }

  /** Text or number as it was written: a double would not be what was written. */
  String decimal() throws IOException, FlagDocumentException {
    JsonToken token = parser.nextToken();
    require(token == JsonToken.VALUE_STRING || token.isNumeric(), "a number, or text of one");
    return parser.getText();
  }

  String text() throws IOException, FlagDocumentException {
    parser.nextToken();
    return presentText();
  }

  /** Text, which may be empty. */
  String textOrNone() throws IOException, FlagDocumentException {
    parser.nextToken();
    require(isText(), "text");
    return parser.getText();
  }

  String presentText() throws IOException, FlagDocumentException {
    require(isText() && !parser.getText().isEmpty(), "text, not empty");
    return parser.getText();
  }

  List<String> texts() throws IOException, FlagDocumentException {
    array("an array of text");
    List<String> texts = new ArrayList<>();
    while (nextElement()) {
      texts.add(presentText());
    }
    return texts;
  }

  /** What a condition compares with: text, which may be empty, or a number as it was written. */
  List<String> scalars() throws IOException, FlagDocumentException {
    array("an array of text or numbers");
    List<String> scalars = new ArrayList<>();
    while (nextElement()) {
      JsonToken token = parser.currentToken();
      require(
          token == JsonToken.VALUE_STRING || token.isNumeric() || token.isBoolean(),
          "text, a number, true or false");
      scalars.add(parser.getText());
    }
    return scalars;
  }

  /** A text, a number, an object or an array. */
  FlagValue value() throws IOException, FlagDocumentException {
    JsonToken token = parser.nextToken();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      return new FlagValue.Json(JsonText.copy(parser));
    }
    if (token.isNumeric()) {
      return new FlagValue.Numeric(number(parser.getText()));
    }
    require(isText(), "text, a number, an object or an array");
    return new FlagValue.Text(parser.getText());
  }

  private BigDecimal number(String text) throws FlagDocumentException, IOException {
    try {
      require(text.length() <= LONGEST_NUMBER, "a number of at most 100 characters");
      return new BigDecimal(text);
    } catch (NumberFormatException e) { // NaN and the infinities
      throw refused(Quoted.of(text) + " (expected: a number)");
    }
  }

  LocalDate date() throws IOException, FlagDocumentException {
    String text = text();
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException e) {
      throw refused(Quoted.of(text) + " (expected: a date, as 2027-01-31)");
    }
  }

  Instant moment() throws IOException, FlagDocumentException {
    String text = text();
    Instant moment = Moments.parse(text);
    if (moment == null) {
      throw refused(
          Quoted.of(text)
              + " (expected: a moment, as 2027-01-31T08:00:00Z, or a day, as 2027-01-31)");
    }
    return moment;
  }

  private void require(boolean met, String expected) throws IOException, FlagDocumentException {
    if (!met) {
      String value =
          switch (parser.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            default -> Quoted.of(parser.getText());
          };
      throw refused(value + " (expected: " + expected + ")");
    }
  }

  FlagDocumentException unknownField(String known) throws IOException {
    String unknown = Quoted.of(parser.currentName());
    field = null;
    return refused("unknown field " + unknown + " (expected one of: " + known + ")");
  }

  /** A field that has to be there. */
  FlagDocumentException missing(String name, String expected) {
    field = null;
    return refused(name + ": missing (expected: " + expected + ")");
  }

  /** A value that says itself of which field it is. */
  FlagDocumentException refused(IllegalArgumentException e) {
    field = null;
    return refused(String.valueOf(e.getMessage()));
  }

  FlagDocumentException refused(String what) {
    return refused(parser.currentTokenLocation(), what);
  }

  FlagDocumentException refused(JsonLocation where, String what) {
    return new FlagDocumentException(
        "line "
            + where.getLineNr()
            + ", column "
            + where.getColumnNr()
            + ": "
            + (part == null ? "" : part + ": ")
            + (field == null ? "" : field + ": ")
            + what);
  }
}
