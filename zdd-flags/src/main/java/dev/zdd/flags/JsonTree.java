package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A JSON document as a tree: for those of other systems, whose structure is not ours to know. */
sealed interface JsonTree {
  /** An object. */
  record Members(Map<String, JsonTree> byName) implements JsonTree {
    /** Copies the map. */
    public Members {
      byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }

    /** A member; null if there is none, or it is {@code null}. */
    @Nullable JsonTree get(String name) {
      JsonTree value = byName.get(name);
      return value instanceof Nothing ? null : value;
    }

    /** A member's elements, none if it is not there. */
    List<JsonTree> elements(String name, String place) {
      JsonTree value = get(name);
      return value == null ? List.of() : elementsOf(value, within(place, name));
    }

    /** A member's text, or the number as it was written; null if it is not there. */
    @Nullable String text(String name, String place) {
      JsonTree value = get(name);
      return value == null ? null : textOf(value, within(place, name));
    }

    boolean truth(String name, boolean otherwise, String place) {
      JsonTree value = get(name);
      if (value != null && !(value instanceof Truth)) {
        throw unexpected(value, within(place, name), "true or false");
      }
      return value == null ? otherwise : ((Truth) value).value();
    }

    /** Refuses a member that is not among {@code known}: it might change what the rest means. */
    void requireOnly(Set<String> known, String place) {
      for (String name : byName.keySet()) {
        if (!known.contains(name)) {
          throw new NotCarriedOverException(
              within(place, name), "the field is not known, and could change what the flag means");
        }
      }
    }
  }

  /** An array. */
  record Elements(List<JsonTree> all) implements JsonTree {
    /** Copies the list. */
    public Elements {
      all = List.copyOf(all);
    }
  }

  /** A string. */
  record Text(String text) implements JsonTree {}

  /** A number as it was written. */
  record Numeral(String digits) implements JsonTree {}

  /** True or false. */
  record Truth(boolean value) implements JsonTree {}

  /** {@code null}. */
  record Nothing() implements JsonTree {}

  /**
   * Reads a document.
   *
   * @throws IllegalArgumentException if it is no JSON, or has a field twice in an object
   */
  static JsonTree read(byte[] content) {
    JsonFactory json =
        JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    try (JsonParser parser = json.createParser(content)) {
      if (parser.nextToken() == null) {
        throw new IllegalArgumentException("empty (expected: a JSON object)");
      }
      JsonTree tree = present(parser);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException(
            "more after the end of the document (expected: nothing)");
      }
      return tree;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "line "
              + e.getLocation().getLineNr()
              + ", column "
              + e.getLocation().getColumnNr()
              + ": bad JSON: "
              + Quoted.line(String.valueOf(e.getOriginalMessage())));
    } catch (IOException e) {
      throw new IllegalArgumentException("unreadable: " + e.getMessage());
    }
  }

  /** Without needless space. */
  default String asJson() {
    StringWriter text = new StringWriter();
    try (JsonGenerator generator = new JsonFactory().createGenerator(text)) {
      write(this, generator);
    } catch (IOException e) {
      throw new AssertionError("a string has no device to fail", e);
    }
    return text.toString();
  }

  /** The members of what has to be an object. */
  static Members membersOf(JsonTree tree, String place) {
    if (tree instanceof Members members) {
      return members;
    }
    throw unexpected(tree, place, "an object");
  }

  /** The elements of what has to be an array. */
  static List<JsonTree> elementsOf(JsonTree tree, String place) {
    if (tree instanceof Elements elements) {
      return elements.all();
    }
    throw unexpected(tree, place, "an array");
  }

  /** The text of what has to be text or a number. */
  static String textOf(JsonTree tree, String place) {
    if (tree instanceof Text text) {
      return text.text();
    }
    if (tree instanceof Numeral numeral) {
      return numeral.digits();
    }
    throw unexpected(tree, place, "text");
  }

  private static String within(String place, String name) {
    return place.isEmpty() ? name : place + "." + name;
  }

  private static NotCarriedOverException unexpected(JsonTree tree, String place, String expected) {
    return new NotCarriedOverException(
        place, Quoted.of(tree.asJson()) + " (expected: " + expected + ")");
  }

  private static JsonTree present(JsonParser parser) throws IOException {
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> {
        Map<String, JsonTree> byName = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
          String name = parser.currentName();
          parser.nextToken();
          byName.put(name, present(parser));
        }
        yield new Members(byName);
      }
      case START_ARRAY -> {
        List<JsonTree> all = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          all.add(present(parser));
        }
        yield new Elements(all);
      }
      case VALUE_STRING -> new Text(parser.getText());
      case VALUE_TRUE -> new Truth(true);
      case VALUE_FALSE -> new Truth(false);
      case VALUE_NULL -> new Nothing();
      default -> new Numeral(parser.getText());
    };
  }

  private static void write(JsonTree tree, JsonGenerator to) throws IOException {
    if (tree instanceof Members members) {
      to.writeStartObject();
      for (Map.Entry<String, JsonTree> member : members.byName().entrySet()) {
        to.writeFieldName(member.getKey());
        write(member.getValue(), to);
      }
      to.writeEndObject();
    } else if (tree instanceof Elements elements) {
      to.writeStartArray();
      for (JsonTree element : elements.all()) {
        write(element, to);
      }
      to.writeEndArray();
    } else if (tree instanceof Text text) {
      to.writeString(text.text());
    } else if (tree instanceof Numeral numeral) {
      to.writeNumber(numeral.digits());
    } else if (tree instanceof Truth truth) {
      to.writeBoolean(truth.value());
    } else {
      to.writeNull();
    }
  }
}
