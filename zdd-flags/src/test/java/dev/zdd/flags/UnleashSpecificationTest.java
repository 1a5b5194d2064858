package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.zdd.core.RequestContext;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Unleash's own specification of its clients: each of its tests is answered here as Unleash
 * expects, or is of a flag that the import has left out by name.
 */
class UnleashSpecificationTest {
  private static final List<String> FILES =
      List.of(
          "01-simple-examples",
          "02-user-with-id-strategy",
          "03-gradual-rollout-user-id-strategy",
          "04-gradual-rollout-session-id-strategy",
          "05-gradual-rollout-random-strategy",
          "06-remote-address-strategy",
          "07-multiple-strategies",
          "08-variants",
          "09-strategy-constraints",
          "10-flexible-rollout-strategy",
          "11-strategy-constraints-edge-cases",
          "12-custom-stickiness",
          "13-constraint-operators",
          "14-constraint-semver-operators",
          "15-global-constraints",
          "16-strategy-variants",
          "17-dependent-features",
          "18-utf8-flag-names",
          "21-regex-constraint-operators",
          "22-cidr-constraint-operators");

  // Of 192 tests that give no user. Unleash has flags on for nobody in particular; here they are
  // off, and so these are asked with the session for the id, or an id that no flag names. Three
  // expect what only somebody without an id gets.
  private static final String SOMEBODY = "somebody";

  private final List<String> wrong = new ArrayList<>();
  private final Map<String, String> leftOut = new TreeMap<>();
  private int answered;
  private int withoutId;
  private int asNobody;
  private int notAnswered;

  @Test
  void answersEachTestAsUnleashDoesOrHasLeftItsFlagOut() throws IOException {
    for (String file : FILES) {
      JsonTree.Members specification = read(file);
      JsonTree.Members state = JsonTree.membersOf(specification.byName().get("state"), file);
      ImportedFlags imported = UnleashImport.read(state.asJson().getBytes(UTF_8));
      imported.findings().stream()
          .filter(ImportFinding::leftOut)
          .forEach(finding -> leftOut.put(file + " " + finding.flag(), finding.toString()));
      Set<String> out =
          imported.findings().stream()
              .filter(ImportFinding::leftOut)
              .map(ImportFinding::flag)
              .collect(Collectors.toSet());
      for (String tests : List.of("tests", "variantTests")) {
        for (JsonTree test : specification.elements(tests, file)) {
          JsonTree.Members members = JsonTree.membersOf(test, file);
          if (out.contains(members.text("toggleName", file))) {
            notAnswered++;
          } else {
            answered++;
            ask(imported.snapshot(), members);
          }
        }
      }
    }
    System.out.printf(
        "Unleash's specification: %d tests answered as there (%d of them with an id that they do"
            + " not give), %d of %d flags that were left out%n",
        answered, withoutId, notAnswered, leftOut.size());
    leftOut.values().forEach(System.out::println);
    assertThat(wrong).isEmpty();
    assertThat(answered).isGreaterThanOrEqualTo(234);
    assertThat(leftOut).hasSizeLessThanOrEqualTo(21);
    assertThat(asNobody).isEqualTo(3);
  }

  private void ask(FlagSnapshot snapshot, JsonTree.Members test) {
    JsonTree.Members context = JsonTree.membersOf(test.byName().get("context"), "context");
    String time = context.text("currentTime", "");
    Instant now = time == null ? Instant.now() : OffsetDateTime.parse(time).toInstant();
    Flag flag =
        Flags.of(new SnapshotSource(snapshot), InstantSource.fixed(now))
            .flag(test.text("toggleName", ""));
    String user = context.text("userId", "");
    String session = context.text("sessionId", "");
    String id = user != null ? user : session != null ? session : SOMEBODY;
    JsonTree expected = test.byName().get("expectedResult");
    boolean right = isRight(flag, request(id, context), expected);
    if (user == null) {
      withoutId++;
      if (!right && isRight(flag, request(null, context), expected)) {
        asNobody++;
        right = true;
      }
    }
    if (!right) {
      wrong.add(test.text("description", "") + ": " + flag.explain(request(id, context)));
    }
  }

  private static boolean isRight(Flag flag, RequestContext request, JsonTree expected) {
    return expected instanceof JsonTree.Truth truth
        ? flag.isEnabled(request) == truth.value()
        : isRight(flag, request, JsonTree.membersOf(expected, ""));
  }

  private static boolean isRight(Flag flag, RequestContext request, JsonTree.Members expected) {
    Variant variant = flag.variant(request);
    boolean enabled = flag.isEnabled(request) == expected.truth("feature_enabled", false, "");
    if (!expected.truth("enabled", false, "")) {
      return enabled && variant == null;
    }
    JsonTree payload = expected.byName().get("payload");
    return enabled
        && variant != null
        && variant.name().equals(expected.text("name", ""))
        && (payload == null || isRight(variant.value(), JsonTree.membersOf(payload, "")));
  }

  private static boolean isRight(FlagValue value, JsonTree.Members payload) {
    String text = payload.text("value", "");
    return switch (payload.text("type", "")) {
      case "number" -> value.equals(new FlagValue.Numeric(new BigDecimal(text)));
      case "json" -> value.equals(new FlagValue.Json(text));
      default -> value.equals(new FlagValue.Text(text));
    };
  }

  private static RequestContext request(@Nullable String id, JsonTree.Members context) {
    RequestContext.Builder request = RequestContext.builder(id);
    for (Map.Entry<String, JsonTree> given : context.byName().entrySet()) {
      String name = given.getKey();
      if (given.getValue() instanceof JsonTree.Members properties) {
        for (String property : properties.byName().keySet()) {
          request.attribute(property, properties.text(property, ""));
        }
      } else if (!name.equals("userId")) {
        request.attribute(name, context.text(name, ""));
      }
    }
    return request.build();
  }

  private static JsonTree.Members read(String file) throws IOException {
    try (InputStream in =
        UnleashSpecificationTest.class.getResourceAsStream("unleash/" + file + ".json")) {
      return JsonTree.membersOf(JsonTree.read(in.readAllBytes()), file);
    }
  }
}
