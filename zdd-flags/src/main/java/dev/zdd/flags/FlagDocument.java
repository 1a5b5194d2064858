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
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON document that {@code docs/flags.md} describes. Strict: a field it does not know is
 * refused, since {@code "percentge": 10} must not quietly mean something else, and so is a field
 * that stands twice. Every refusal says line, column, flag, field, value and expectation.
 */
final class FlagDocument {
  // NaN and Infinity are read so that the percentage refuses them, in the words it has for numbers.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static final String FLAG_FIELDS =
      "allow, bucketer, enabled, expires, owner, percentage, salt";

  private final JsonParser parser;
  // Where the reader is, for a message.
  private @Nullable String flag;
  private @Nullable String field;

  private FlagDocument(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Reads a document whole.
   *
   * @throws FlagDocumentException if anything in it is wrong
   */
  static FlagSnapshot parse(byte[] content) throws FlagDocumentException {
    try (JsonParser parser = JSON.createParser(content)) {
      return new FlagDocument(parser).document(fingerprint(content));
    } catch (IOException e) {
      // There is no device to fail: the parser reads an array.
      throw new FlagDocumentException("unreadable: " + e.getMessage());
    }
  }

  private FlagSnapshot document(String fingerprint) throws IOException, FlagDocumentException {
    try {
      if (parser.nextToken() == null) {
        throw refused(parser.currentLocation(), "empty (expected: a JSON object)");
      }
      require(parser.currentToken() == JsonToken.START_OBJECT, "a JSON object");
      String version = fingerprint;
      List<FlagDefinition> definitions = null;
      while (nextField()) {
        switch (parser.currentName()) {
          case "version" -> version = version() + "-" + fingerprint;
          case "flags" -> definitions = flags();
          default -> throw unknownField("flags, version");
        }
      }
      if (definitions == null) {
        throw refused("flags: missing (expected: an object of flags)");
      }
      if (parser.nextToken() != null) {
        throw refused("more after the end of the document (expected: nothing)");
      }
      return new FlagSnapshot(version, definitions);
    } catch (JsonEOFException e) {
      throw refused(e.getLocation(), "the document breaks off (expected: more; half-written?)");
    } catch (JsonProcessingException e) {
      String said = String.valueOf(e.getOriginalMessage());
      throw refused(e.getLocation(), "bad JSON: " + Quoted.line(said));
    }
  }

  private long version() throws IOException, FlagDocumentException {
    boolean whole =
        parser.nextToken() == JsonToken.VALUE_NUMBER_INT
            && parser.getNumberType() != NumberType.BIG_INTEGER;
    require(whole && parser.getLongValue() >= 0, "a whole number, 0 or more, of at most 63 bits");
    return parser.getLongValue();
  }

  private List<FlagDefinition> flags() throws IOException, FlagDocumentException {
    require(parser.nextToken() == JsonToken.START_OBJECT, "an object of flags");
    List<FlagDefinition> definitions = new ArrayList<>();
    while (nextField()) {
      flag = parser.currentName();
      field = null;
      require(parser.nextToken() == JsonToken.START_OBJECT, "an object");
      try {
        definitions.add(definition(FlagDefinition.builder(flag)));
      } catch (IllegalArgumentException e) {
        // It names the field itself.
        field = null;
        throw refused(String.valueOf(e.getMessage()));
      }
      flag = null;
    }
    return definitions;
  }

  private FlagDefinition definition(FlagDefinition.Builder builder)
      throws IOException, FlagDocumentException {
    boolean complete = false;
    while (nextField()) {
      switch (parser.currentName()) {
        case "enabled" -> {
          builder.enabled(bool());
          complete = true;
        }
        case "allow" -> builder.allow(texts());
        case "percentage" -> builder.percentage(decimal());
        case "salt" -> builder.salt(text());
        case "bucketer" -> builder.bucketer(text());
        case "owner" -> builder.owner(text());
        case "expires" -> builder.expires(date());
        default -> throw unknownField(FLAG_FIELDS);
      }
    }
    if (!complete) {
      throw refused("enabled: missing (expected: true or false)");
    }
    return builder.build();
  }

  /** Steps to the next field of the present object, if it has one. */
  private boolean nextField() throws IOException {
    field = null;
    boolean another = parser.nextToken() != JsonToken.END_OBJECT;
    if (another) {
      field = parser.currentName();
    }
    return another;
  }

  private boolean bool() throws IOException, FlagDocumentException {
    require(parser.nextToken().isBoolean(), "true or false");
    return parser.getBooleanValue();
  }

  /** Text or number as it was written: a double would not be what was written. */
  private String decimal() throws IOException, FlagDocumentException {
    JsonToken token = parser.nextToken();
    require(token == JsonToken.VALUE_STRING || token.isNumeric(), "a number, or text of one");
    return parser.getText();
  }

  private String text() throws IOException, FlagDocumentException {
    parser.nextToken();
    return presentText();
  }

  private String presentText() throws IOException, FlagDocumentException {
    require(
        parser.currentToken() == JsonToken.VALUE_STRING && !parser.getText().isEmpty(),
        "text, not empty");
    return parser.getText();
  }

  private String[] texts() throws IOException, FlagDocumentException {
    require(parser.nextToken() == JsonToken.START_ARRAY, "an array of text");
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      texts.add(presentText());
    }
    return texts.toArray(String[]::new);
  }

  private LocalDate date() throws IOException, FlagDocumentException {
    String text = text();
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException e) {
      throw refused(Quoted.of(text) + " (expected: a date, as 2027-01-31)");
    }
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

  private FlagDocumentException unknownField(String known) throws IOException {
    String unknown = Quoted.of(parser.currentName());
    field = null;
    return refused("unknown field " + unknown + " (expected one of: " + known + ")");
  }

  private FlagDocumentException refused(String what) {
    return refused(parser.currentTokenLocation(), what);
  }

  private FlagDocumentException refused(JsonLocation where, String what) {
    return new FlagDocumentException(
        "line "
            + where.getLineNr()
            + ", column "
            + where.getColumnNr()
            + ": "
            + (flag == null ? "" : "flag " + Quoted.of(flag) + ": ")
            + (field == null ? "" : field + ": ")
            + what);
  }

  /** Tells documents apart that bear the same version, or none. */
  static String fingerprint(byte[] content) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(content);
      return HexFormat.of().formatHex(hash, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
