package dev.zdd.flags;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Takes flags over from Unleash, with the users that they have: reads what its {@code
 * /api/client/features} answers. The table in {@code docs/flags.md} says what of it.
 *
 * <p>What holds in Unleash for a {@code userId} holds here for the id, exactly; somebody without an
 * id, for whom Unleash falls back to the session or to chance, is off here. Other context fields,
 * {@code environment} and {@code appName} among them, are attributes of the same names.
 */
public final class UnleashImport {
  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "type",
          "description",
          "enabled",
          "stale",
          "impressionData",
          "project",
          "strategies",
          "variants",
          "dependencies",
          "createdAt",
          "lastSeenAt");
  private static final Set<String> DEPENDENCY_FIELDS = Set.of("feature", "enabled", "variants");

  private final List<ImportFinding> findings = new ArrayList<>();
  private final Map<String, UnleashSegment> segments = new LinkedHashMap<>();
  private final Map<String, JsonTree.Members> features = new LinkedHashMap<>();
  private final Map<String, FlagDefinition> definitions = new LinkedHashMap<>();

  private UnleashImport() {}

  /**
   * Reads a document.
   *
   * @throws IllegalArgumentException if it is no JSON, or no document of Unleash's at all. What is
   *     wrong with one flag is a finding
   */
  public static ImportedFlags read(byte[] json) {
    try {
      return new UnleashImport().document(json);
    } catch (NotCarriedOverException e) {
      throw new IllegalArgumentException(e.place() + ": " + e.reason());
    }
  }

  private ImportedFlags document(byte[] json) {
    JsonTree.Members document = JsonTree.membersOf(JsonTree.read(json), "document");
    if (document.get("features") == null) {
      throw new IllegalArgumentException("features: missing (expected: an array)");
    }
    for (JsonTree segment : document.elements("segments", "")) {
      segment(JsonTree.membersOf(segment, "segments"));
    }
    Set<String> twice = new HashSet<>();
    for (JsonTree tree : document.elements("features", "")) {
      JsonTree.Members feature = JsonTree.membersOf(tree, "features");
      String name = feature.text("name", "features");
      if (name == null) {
        throw new IllegalArgumentException("features: one without a name");
      }
      if (features.put(name, feature) != null) {
        twice.add(name);
      }
    }
    features.forEach((name, feature) -> {
      try {
        if (twice.contains(name)) {
          throw new NotCarriedOverException("", "it is defined twice");
        }
        feature.requireOnly(FIELDS, "");
        definitions.put(name, new UnleashFeature(name, feature, segments, findings).definition());
      } catch (NotCarriedOverException e) {
        leaveOut(name, e.place(), e.reason());
      } catch (IllegalArgumentException e) {
        leaveOut(name, "", String.valueOf(e.getMessage()));
      }
    });
    require();
    return new ImportedFlags(
        new FlagSnapshot(
            FlagDocument.fingerprint(json),
            List.copyOf(definitions.values()),
            usedSegments(),
            Set.of()),
        findings);
  }

  private void leaveOut(String flag, String place, String reason) {
    definitions.remove(flag);
    findings.removeIf(finding -> finding.flag().equals(flag)); // of a flag that is not there
    findings.add(new ImportFinding(flag, place, reason, true));
  }

  private void segment(JsonTree.Members segment) {
    String id = String.valueOf(segment.text("id", "segments"));
    String name = segment.text("name", "segments");
    boolean usable = name != null && !name.isBlank() && name.equals(name.strip());
    String called = usable ? name + " (" + id + ")" : "segment " + id;
    segments.put(id, new UnleashSegment(called, segment.elements("constraints", "segments")));
  }

  private List<Segment> usedSegments() {
    Set<String> used = new HashSet<>();
    for (FlagDefinition definition : definitions.values()) {
      for (Rule rule : definition.rules()) {
        for (Condition condition : rule.when()) {
          if (condition instanceof Condition.InSegment in) {
            used.add(in.segment());
          }
        }
      }
    }
    List<Segment> ours = new ArrayList<>();
    for (UnleashSegment segment : segments.values()) {
      if (used.contains(segment.name())) {
        ours.add(Objects.requireNonNull(segment.segment()));
      }
    }
    return ours;
  }

  // After all are read. None has to wait for another: in Unleash a parent has no parent.
  private void require() {
    for (FlagDefinition definition : List.copyOf(definitions.values())) {
      String name = definition.key();
      try {
        List<JsonTree> dependencies =
            Objects.requireNonNull(features.get(name)).elements("dependencies", "");
        if (!dependencies.isEmpty()) {
          List<Requirement> requires = new ArrayList<>();
          boolean met = true;
          for (JsonTree tree : dependencies) {
            Requirement requirement = requirement(JsonTree.membersOf(tree, "dependencies"), name);
            met &= requirement != null;
            if (requirement != null) {
              requires.add(requirement);
            }
          }
          definitions.put(
              name,
              (met ? definition.toBuilder() : off(definition))
                  .requires(met ? requires.toArray(Requirement[]::new) : new Requirement[0])
                  .build());
        }
      } catch (NotCarriedOverException e) {
        leaveOut(name, e.place(), e.reason());
      } catch (IllegalArgumentException e) {
        leaveOut(name, "dependencies", String.valueOf(e.getMessage()));
      }
    }
  }

  private static FlagDefinition.Builder off(FlagDefinition definition) {
    return definition.toBuilder().enabled(false);
  }

  /** Null if it can never be met. */
  private @Nullable Requirement requirement(JsonTree.Members dependency, String name) {
    dependency.requireOnly(DEPENDENCY_FIELDS, "dependencies");
    String parent = String.valueOf(dependency.text("feature", "dependencies"));
    boolean enabled = dependency.truth("enabled", true, "dependencies");
    Set<String> variants = new HashSet<>();
    for (JsonTree variant : dependency.elements("variants", "dependencies")) {
      variants.add(JsonTree.textOf(variant, "dependencies.variants"));
    }
    JsonTree.Members theirs = features.get(parent);
    if (theirs == null || !theirs.elements("dependencies", "").isEmpty()) {
      return never(name, Quoted.of(parent) + (theirs == null ? " is missing" : " has a parent"));
    }
    FlagDefinition definition = definitions.get(parent);
    if (definition == null) {
      throw new NotCarriedOverException(
          "dependencies", Quoted.of(parent) + " could not be taken over");
    }
    if (!enabled && !variants.isEmpty()) {
      throw new NotCarriedOverException(
          "dependencies", Quoted.of(parent) + ": variants of a flag that has to be off");
    }
    List<String> known = definition.variants().stream().map(Variant::name).toList();
    if (known.isEmpty() || variants.isEmpty()) {
      // Of a parent without variants Unleash asks for none.
      return new Requirement(parent, enabled, Set.of());
    }
    variants.retainAll(known);
    return variants.isEmpty()
        ? never(name, Quoted.of(parent) + " has no such variant")
        : new Requirement(parent, enabled, variants);
  }

  private @Nullable Requirement never(String name, String why) {
    findings.add(
        new ImportFinding(
            name, "dependencies", why + ": the flag is off there, and switched off here", false));
    return null;
  }
}
