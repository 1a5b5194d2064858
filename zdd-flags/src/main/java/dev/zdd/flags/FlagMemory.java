package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file that remembers of each flag when a report first saw it, and since when reports have seen
 * it on for everyone: a definition says what a flag is and not since when. Dates are UTC. What it
 * remembers is only ever too young, so that no flag is called stale before its time.
 */
final class FlagMemory {
  private static final JsonFactory JSON = new JsonFactory();

  private final Path file;

  FlagMemory(Path file) {
    this.file = file.toAbsolutePath();
  }

  /**
   * What is remembered of a flag.
   *
   * @param seen the day of the first report that had it
   * @param fullyOn the day of the first report that had it on for everyone, if all since had
   */
  record Remembered(LocalDate seen, @Nullable LocalDate fullyOn) {}

  /**
   * Adds what {@code snapshot} shows, and forgets flags that it has not. Writes the file if that
   * changes anything.
   *
   * @return what is remembered now, by key
   * @throws UncheckedIOException if the file cannot be read or written, or is none of ours
   */
  Map<String, Remembered> update(FlagSnapshot snapshot, Instant now) {
    try {
      Map<String, Remembered> before = load();
      Map<String, Remembered> after = new TreeMap<>();
      LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
      for (FlagDefinition flag : snapshot.definitions()) {
        Remembered known = before.getOrDefault(flag.key(), new Remembered(today, null));
        LocalDate since = known.fullyOn() == null ? today : known.fullyOn();
        after.put(flag.key(), new Remembered(known.seen(), Everyone.has(flag, now) ? since : null));
      }
      if (!after.equals(before)) {
        save(after);
      }
      return after;
    } catch (FlagDocumentException e) {
      throw new UncheckedIOException(
          "memory: " + file + ": " + e.getMessage() + "; delete it to begin anew",
          new IOException(e));
    } catch (IOException e) {
      throw new UncheckedIOException("memory: " + file + ": " + e, e);
    }
  }

  private Map<String, Remembered> load() throws IOException, FlagDocumentException {
    byte[] content;
    try {
      content = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return Map.of();
    }
    return DocumentReader.read(content, FlagMemory::read);
  }

  private static Map<String, Remembered> read(DocumentReader reader)
      throws IOException, FlagDocumentException {
    Map<String, Remembered> flags = new TreeMap<>();
    while (reader.nextField()) {
      String key = reader.name();
      reader.object("an object for a flag");
      LocalDate seen = null;
      LocalDate fullyOn = null;
      while (reader.nextField()) {
        switch (reader.name()) {
          case "seen" -> seen = reader.date();
          case "fullyOn" -> fullyOn = reader.date();
          default -> throw reader.unknownField("fullyOn, seen");
        }
      }
      if (seen == null) {
        throw reader.missing("seen", "a date");
      }
      flags.put(key, new Remembered(seen, fullyOn));
    }
    return flags;
  }

  private void save(Map<String, Remembered> flags) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      for (Map.Entry<String, Remembered> flag : flags.entrySet()) {
        json.writeRaw('\n'); // a line each: it may be kept under version control
        json.writeFieldName(flag.getKey());
        json.writeStartObject();
        json.writeStringField("seen", flag.getValue().seen().toString());
        if (flag.getValue().fullyOn() != null) {
          json.writeStringField("fullyOn", flag.getValue().fullyOn().toString());
        }
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    // A name of its own, so that two reports at once do not write into one file.
    Path next = Files.createTempFile(file.getParent(), file.getFileName() + ".", ".next");
    AtomicFile.replace(file, text.toString().getBytes(UTF_8), next);
  }
}
