package dev.zdd.flags;

import dev.zdd.core.page.Fact;
import dev.zdd.core.page.Value;
import java.util.ArrayList;
import java.util.List;

/** What a page tells of a definition: neither ids nor what rules compare. */
final class FlagFacts {
  private FlagFacts() {}

  static List<Fact> of(FlagDefinition definition) {
    List<Fact> facts = new ArrayList<>();
    Percentage percentage = definition.percentage();
    facts.add(Fact.of("enabled", definition.enabled() ? "yes" : "no"));
    facts.add(Fact.of("percentage", percentage == null ? "none" : percentage.toString()));
    facts.add(Fact.of("bucketing", definition.bucketer()));
    facts.add(Fact.of("ids that are allowed", definition.allow().size()));
    facts.add(Fact.of("ids that are denied", definition.deny().size()));
    facts.add(Fact.of("rules", definition.rules().size()));
    if (!definition.requires().isEmpty()) {
      facts.add(
          Fact.of(
              "requires",
              String.join(", ", definition.requires().stream().map(Requirement::flag).toList())));
    }
    if (definition.from() != null) {
      facts.add(Fact.of("from", Value.of(definition.from())));
    }
    if (definition.until() != null) {
      facts.add(Fact.of("until", Value.of(definition.until())));
    }
    if (definition.created() != null) {
      facts.add(Fact.of("created", definition.created().toString()));
    }
    if (definition.expires() != null) {
      facts.add(Fact.of("expires", definition.expires().toString()));
    }
    return facts;
  }
}
