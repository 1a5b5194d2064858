package dev.zdd.flags;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Takes flags over from flagd, with the users that they have: reads a flag definition (<a
 * href="https://flagd.dev/schema/v0/flags.json">flagd.dev/schema</a>). The table in {@code
 * docs/flags.md} says what of it.
 *
 * <p>What holds in flagd for a {@code targetingKey} holds here for the id; somebody without an id
 * is off here. {@code fractional} is taken as flagd divides since its second form, whose name here
 * is the bucketer {@code flagd2}.
 */
public final class FlagdImport {
  private static final Set<String> DOCUMENT_FIELDS =
      Set.of("$schema", "flags", "$evaluators", "metadata");

  private final List<ImportFinding> findings = new ArrayList<>();
  private final Map<String, FlagDefinition> definitions = new LinkedHashMap<>();

  private FlagdImport() {}

  /**
   * Reads a document.
   *
   * @throws IllegalArgumentException if it is no JSON, or no document of flagd's at all. What is
   *     wrong with one flag is a finding
   */
  public static ImportedFlags read(byte[] json) {
    try {
      return new FlagdImport().document(json);
    } catch (NotCarriedOverException e) {
      throw new IllegalArgumentException(e.place() + ": " + e.reason());
    }
  }

  private ImportedFlags document(byte[] json) {
    JsonTree.Members document = JsonTree.membersOf(JsonTree.read(json), "document");
    document.requireOnly(DOCUMENT_FIELDS, "");
    JsonTree flags = document.get("flags");
    if (flags == null) {
      throw new IllegalArgumentException("flags: missing (expected: an object or an array)");
    }
    JsonTree shared = document.get("$evaluators");
    Map<String, JsonTree> evaluators =
        shared == null ? Map.of() : JsonTree.membersOf(shared, "$evaluators").byName();
    if (flags instanceof JsonTree.Elements elements) {
      for (JsonTree flag : elements.all()) {
        JsonTree.Members members = JsonTree.membersOf(flag, "flags");
        flag(Objects.requireNonNullElse(members.text("key", "flags"), ""), members, evaluators);
      }
    } else {
      JsonTree.membersOf(flags, "flags")
          .byName()
          .forEach((name, flag) -> flag(name, flag, evaluators));
    }
    return new ImportedFlags(
        new FlagSnapshot(FlagDocument.fingerprint(json), List.copyOf(definitions.values())),
        findings);
  }

  private void flag(String name, JsonTree flag, Map<String, JsonTree> evaluators) {
    Set<String> notes = new LinkedHashSet<>();
    try {
      FlagDefinition definition =
          new FlagdFlag(name, JsonTree.membersOf(flag, ""), evaluators, notes).definition();
      if (definitions.put(name, definition) != null) {
        definitions.remove(name);
        throw new NotCarriedOverException("", "it is defined twice");
      }
      notes.forEach(note -> findings.add(new ImportFinding(name, "", note, false)));
    } catch (NotCarriedOverException e) {
      findings.add(new ImportFinding(name, e.place(), e.reason(), true));
    } catch (IllegalArgumentException e) {
      findings.add(new ImportFinding(name, "", String.valueOf(e.getMessage()), true));
    }
  }
}
