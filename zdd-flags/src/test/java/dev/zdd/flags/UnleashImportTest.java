package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnleashImportTest {
  private static final String HALF =
      "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'groupId': 'g',"
          + " 'stickiness': '%s'}}";

  @Test
  void takesTheUsersAndVariantsOfUnleashsVectors() {
    for (Vectors.Row v : Vectors.of("peers/unleash.json", "rollouts")) {
      Flag flag =
          flag(
              "{'name': 'flexibleRollout', 'parameters': {'rollout': '"
                  + v.text("percentage")
                  + "', 'stickiness': 'userId', 'groupId': '"
                  + v.text("salt")
                  + "'}}",
              "");
      assertThat(flag.isEnabled(v.text("id"))).isEqualTo(v.bool("in"));
    }
    for (Vectors.Row v : Vectors.of("peers/unleash.json", "variants")) {
      int[] weights = v.weights().values();
      List<String> variants = new ArrayList<>();
      for (int n = 0; n < weights.length; n++) {
        variants.add("{'name': '" + n + "', 'weight': " + weights[n] + "}");
      }
      Flag flag =
          flag(
              "{'name': 'flexibleRollout', 'parameters': {'rollout': '100', 'groupId': '"
                  + v.text("salt")
                  + "'}, 'variants': ["
                  + String.join(",", variants)
                  + "]}",
              "");
      assertThat(flag.text(v.text("id"), "")).isEqualTo("" + v.number("part"));
    }
  }

  @Test
  void triesOneStrategyAfterAnotherAndGivesTheVariantOfTheFirst() {
    String strategies =
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'groupId': 'a'},"
            + " 'variants': [{'name': 'first', 'weight': 1000}]},"
            + "{'name': 'userWithId', 'parameters': {'userIds': 'u1, u2'},"
            + " 'variants': [{'name': 'listed', 'weight': 1000}]},"
            + "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'groupId': 'b'},"
            + " 'variants': [{'name': 'last', 'weight': 1000}]}";
    Flag flag = flag(strategies, "");

    List<String> ids = IntStream.range(0, 200).mapToObj(n -> "u" + n).toList();
    assertThat(ids)
        .allSatisfy(id -> {
          String expected =
              takes("a", id)
                  ? "first"
                  : id.equals("u1") || id.equals("u2")
                      ? "listed"
                      : takes("b", id) ? "last" : "none";
          assertThat(flag.text(id, "none")).isEqualTo(expected);
        });
    assertThat(ids.stream().map(id -> flag.text(id, "none")).distinct().toList())
        .contains("first", "last", "none");
  }

  @Test
  void overridesAVariantOnlyForThoseWhomTheStrategyTakes() {
    Flag flag =
        flag(
            String.format(HALF, "default"),
            "'variants': [{'name': 'x', 'weight': 1000}, {'name': 'y', 'weight': 0,"
                + " 'overrides': [{'contextName': 'plan', 'values': ['pro']}]}]");

    for (int n = 0; n < 50; n++) {
      RequestContext pro = RequestContext.builder("u" + n).attribute("plan", "pro").build();
      assertThat(flag.text(pro, "none")).isEqualTo(takes("g", "u" + n) ? "y" : "none");
      assertThat(flag.text("u" + n, "none")).isEqualTo(takes("g", "u" + n) ? "x" : "none");
    }
  }

  @Test
  void placesByAnotherAttributeIfAllStrategiesDo() {
    FlagDefinition definition =
        only(features(String.format(HALF, "tenant") + "," + String.format(HALF, "tenant"), ""));

    assertThat(definition.unit()).isEqualTo("tenant");
    Flag flag = Flags.of(MemoryFlagSource.of(definition)).flag("f");
    for (int n = 0; n < 50; n++) {
      RequestContext asked = RequestContext.builder("u").attribute("tenant", "t" + n).build();
      assertThat(flag.isEnabled(asked)).isEqualTo(takes("g", "t" + n));
    }
  }

  @Test
  void makesAListOfIdsAnAllowList() {
    FlagDefinition definition =
        only(
            features(
                String.format(HALF, "default")
                    + ", {'name': 'userWithId', 'parameters': {'userIds': 'a, b,, '}}",
                ""));

    assertThat(definition.allow()).containsExactlyInAnyOrder("a", "b");
    assertThat(definition.rules())
        .singleElement()
        .satisfies(rule -> {
          assertThat(rule.percentage()).isEqualTo(Percentage.parse("50"));
          assertThat(rule.salt()).isEqualTo("g");
          assertThat(rule.goesOn()).isTrue();
        });
  }

  @Test
  void makesOneRolloutAPercentageAndKeepsWhatDescribesTheFlag() {
    FlagDefinition definition =
        only(
            features(
                String.format(HALF, "default"),
                "'type': 'operational', 'createdAt': '2024-05-01T10:00:00.000Z'"));

    assertThat(definition)
        .isEqualTo(
            FlagDefinition.builder("f")
                .enabled(true)
                .type(FlagType.OPS)
                .created(LocalDate.of(2024, 5, 1))
                .bucketer("unleash")
                .salt("g")
                .percentage("50")
                .build());
  }

  @Test
  void makesConstraintsOnTheTimeAScheduleToTheNanosecond() {
    String at = "{'contextName': 'currentTime', 'operator': '%s', 'value': '%s', 'inverted': %s}";
    FlagSnapshot snapshot =
        features(
                "{'name': 'default', 'constraints': ["
                    + String.format(at, "DATE_AFTER", "2026-01-01T00:00:00Z", "false")
                    + ","
                    + String.format(at, "DATE_AFTER", "2026-02-01T00:00:00.000Z", "true")
                    + "]}",
                "")
            .snapshot();

    Instant after = Instant.parse("2026-01-01T00:00:00Z");
    Instant until = Instant.parse("2026-02-01T00:00:00Z");
    assertThat(isOnAt(snapshot, after)).isFalse();
    assertThat(isOnAt(snapshot, after.plusNanos(1))).isTrue();
    assertThat(isOnAt(snapshot, until)).isTrue();
    assertThat(isOnAt(snapshot, until.plusNanos(1))).isFalse();
  }

  @Test
  void keepsSegmentsThatFlagsUse() {
    ImportedFlags imported =
        UnleashImport.read(
            json(
                "{'features': [{'name': 'f', 'enabled': true, 'strategies': [{'name': 'default',"
                    + " 'segments': [7]}]}], 'segments': ["
                    + "{'id': 7, 'name': 'staff', 'constraints': [{'contextName': 'email', 'operator':"
                    + " 'STR_ENDS_WITH', 'values': ['@example.org']}]},"
                    + "{'id': 8, 'constraints': []}]}"));

    assertThat(imported.findings()).isEmpty();
    assertThat(imported.snapshot().segments())
        .extracting(Segment::name)
        .containsExactly("staff (7)");
    Flag flag = Flags.of(new SnapshotSource(imported.snapshot())).flag("f");
    assertThat(flag.isEnabled(email("a@example.org"))).isTrue();
    assertThat(flag.isEnabled(email("a@example.com"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          string | a,b           | 'a,b'
          csv    | a,b           | 'a,b'
          number | 1.20          | 1.20
          json   | {"a": [1, 2]} | {"a":[1,2]}
          """)
  void keepsPayloads(String type, String value, String expected) {
    String payload =
        "{\"type\": \"" + type + "\", \"value\": \"" + value.replace("\"", "\\\"") + "\"}";
    Flag flag =
        flag(
            "{'name': 'default'}",
            "'variants': [{'name': 'v', 'weight': 1000, 'payload': " + payload + "}]");

    assertThat(flag.json("u", "")).isEqualTo(expected.replace('\'', '"'));
  }

  @Test
  void saysWhatIsToBeKnownOfAFlagThatItTakes() {
    ImportedFlags imported =
        features(
            "{'name': 'default', 'constraints': [{'contextName': 'a', 'operator': 'STR_CONTAINS',"
                + " 'values': ['x'], 'caseInsensitive': true}]}",
            "'impressionData': true, 'variants': [{'name': 'v', 'weight': 1}]");

    assertThat(imported.snapshot().definitions()).hasSize(1);
    assertThat(imported.findings())
        .extracting(ImportFinding::toString)
        .containsExactly(
            "flag \"f\": impressionData: there are no events here for each evaluation",
            "flag \"f\": strategies: caseInsensitive: letters whose capital form is another's too, as"
                + " ß, are alike here",
            "flag \"f\": variants[0]: there is no payload: the value here is the variant's name");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'stickiness': 'random'}}",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '12.5'}}",
        "{'name': 'gradualRolloutRandom', 'parameters': {'percentage': '50'}}",
        "{'name': 'applicationHostname', 'parameters': {'hostNames': 'a'}}",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'stickiness': 'a'}},"
            + "{'name': 'default', 'constraints': [{'contextName': 'b', 'operator': 'IN', 'values': ['1']}]}",
        "{'name': 'ours'}",
        "{'name': 'default', 'disabled': true}",
        "{'name': 'default', 'segments': [1]}",
        "{'name': 'default', 'constraints': [{'contextName': 'id', 'operator': 'IN', 'values': ['1']}]}",
        "{'name': 'default', 'constraints': [{'contextName': 'a', 'operator': 'REGEX', 'value': 'x'}]}",
        "{'name': 'default', 'constraints': [{'contextName': 'a', 'operator': 'NUM_EQ', 'value': '1234567890123456'}]}",
        "{'name': 'default', 'constraints': [{'contextName': 'a', 'operator': 'NUM_EQ'}]}",
        "{'name': 'default', 'constraints': [{'contextName': 'a', 'operator': 'DATE_AFTER', 'value': '2026-01-01'}]}",
        "{'name': 'default', 'constraints': [{'contextName': 'currentTime', 'operator': 'IN', 'value': 'x', 'values': ['x']}]}",
        "{'name': 'default', 'constraints': [{'contextName': 'ip', 'operator': 'IN_CIDR', 'values': ['10.0.0.0/255.0.0.0']}]}",
        "{'name': 'default'}, {'name': 'default', 'constraints': [{'contextName': 'currentTime',"
            + " 'operator': 'DATE_AFTER', 'value': '2026-01-01T00:00:00Z'}]}",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'stickiness': 'a'}},"
            + "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'stickiness': 'b'}}",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'stickiness': 'a'}},"
            + "{'name': 'userWithId', 'parameters': {'userIds': '1'}}",
        "{'name': 'flexibleRollout', 'parameters': {'rollout': '50', 'stickiness': 'a'},"
            + " 'constraints': [{'contextName': 'userId', 'operator': 'IN', 'values': ['1']}]}",
        "{'name': 'default', 'variants': [{'name': 'x', 'weight': 1}], 'constraints': [{'contextName':"
            + " 'a', 'operator': 'IN', 'values': ['1']}]}, {'name': 'default'}",
        "{'name': 'default', 'variants': [{'name': 'x', 'weight': 1}, {'name': 'y', 'weight': 1}],"
            + " 'parameters': {'stickiness': 'random'}}",
        "{'name': 'default', 'variants': [{'name': 'x', 'weight': 1}, {'name': 'x', 'weight': 1}]}",
        "{'name': 'default', 'variants': [{'name': 'x', 'weight': 0}]}",
        "{'name': 'default', 'variants': [{'name': 'x', 'weight': 1, 'payload': {'type': 'json', 'value': '{'}}]}"
      })
  void leavesOutTheFlagThatItCannotSayExactly(String strategies) {
    ImportedFlags imported = features(strategies, "");

    assertThat(imported.snapshot().definitions()).isEmpty();
    assertThat(imported.findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.flag()).isEqualTo("f");
          assertThat(finding.leftOut()).isTrue();
        });
  }

  @Test
  void leavesOutTheFlagWhoseParentIsLeftOutOrThatIsDefinedTwice() {
    ImportedFlags imported =
        UnleashImport.read(
            json(
                "{'features': [{'name': 'child', 'enabled': true, 'dependencies': [{'feature': 'parent'}]},"
                    + "{'name': 'parent', 'enabled': true, 'strategies': [{'name': 'ours'}]},"
                    + "{'name': 'x', 'enabled': true}, {'name': 'x', 'enabled': false}]}"));

    assertThat(imported.snapshot().definitions()).isEmpty();
    assertThat(imported.findings())
        .extracting(ImportFinding::toString)
        .containsExactly(
            "flag \"parent\": strategies[0]: strategy \"ours\" has no counterpart here (left out)",
            "flag \"x\": it is defined twice (left out)",
            "flag \"child\": dependencies: \"parent\" could not be taken over (left out)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {                   | line 1, column 2: bad JSON
          []                  | document: "[]" (expected: an object)
          {'version': 1}      | features: missing (expected: an array)
          {'features': [{}]}  | features: one without a name
          """)
  void refusesWhatIsNoDocumentOfUnleashs(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> UnleashImport.read(json(text)))
        .withMessageStartingWith(message);
  }

  private static boolean takes(String groupId, String id) {
    return Rollout.of("unleash", groupId, Percentage.parse("50")).takes(id);
  }

  private static RequestContext email(String email) {
    return RequestContext.builder("u").attribute("email", email).build();
  }

  private static boolean isOnAt(FlagSnapshot snapshot, Instant now) {
    return Flags.of(new SnapshotSource(snapshot), InstantSource.fixed(now))
        .flag("f")
        .isEnabled("u");
  }

  private static Flag flag(String strategies, String fields) {
    FlagDefinition definition = only(features(strategies, fields));
    return Flags.of(MemoryFlagSource.of(definition)).flag("f");
  }

  private static FlagDefinition only(ImportedFlags imported) {
    assertThat(imported.findings()).noneMatch(ImportFinding::leftOut);
    return imported.snapshot().definitions().get(0);
  }

  private static ImportedFlags features(String strategies, String fields) {
    return UnleashImport.read(
        json(
            "{'version': 2, 'features': [{'name': 'f', 'enabled': true, 'strategies': ["
                + strategies
                + "]"
                + (fields.isEmpty() ? "" : ", " + fields)
                + "}]}"));
  }

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(UTF_8);
  }
}
