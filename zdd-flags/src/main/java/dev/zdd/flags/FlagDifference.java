package dev.zdd.flags;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a change has changed of a flag, on one line and in a document's words. */
final class FlagDifference {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int LONGEST_VALUE = 500;
  // JSON escapes only some of those that would begin a line in somebody's log viewer.
  private static final Pattern LINE_ENDS = Pattern.compile("[\\p{Cc}\\u2028\\u2029]");

  private FlagDifference() {}

  /** As {@code percentage "10" → "25", owner none → "team checkout"}. */
  static String between(@Nullable FlagDefinition before, @Nullable FlagDefinition after) {
    if (before == null || after == null) {
      return before == null
          ? after == null ? "nothing" : "new " + shown(FlagDocumentWriter.line(after))
          : "retired " + shown(FlagDocumentWriter.line(before));
    }
    Map<String, String> old = fields(before);
    Map<String, String> now = fields(after);
    Set<String> names = new LinkedHashSet<>(old.keySet());
    names.addAll(now.keySet());
    List<String> changes = new ArrayList<>();
    for (String name : names) {
      String was = old.getOrDefault(name, "none");
      String is = now.getOrDefault(name, "none");
      if (!was.equals(is)) {
        changes.add(name + " " + shown(was) + " → " + shown(is));
      }
    }
    return changes.isEmpty() ? "unchanged" : String.join(", ", changes);
  }

  private static Map<String, String> fields(FlagDefinition definition) {
    Map<String, String> fields = new LinkedHashMap<>();
    try (JsonParser parser = JSON.createParser(FlagDocumentWriter.line(definition))) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName();
        parser.nextToken();
        fields.put(name, JsonText.copy(parser));
      }
    } catch (IOException e) {
      // Only a JSON value that is none could do that, and no store has taken it.
      return Map.of("definition", definition.toString());
    }
    return fields;
  }

  private static String shown(String json) {
    String line = LINE_ENDS.matcher(json).replaceAll("?");
    return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE) + "…";
  }
}
