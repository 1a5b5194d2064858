package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlagDocumentTest {
  @Test
  void readsAnEmptySaltForTheBucketingThatCanHaveOne() throws FlagDocumentException {
    String document =
        "{\"flags\": {\"a\": {\"enabled\": true, \"bucketer\": \"%s\", \"salt\": \"\"}}}";

    assertThat(
            FlagDocument.parse(document.formatted("flagd2").getBytes(StandardCharsets.UTF_8))
                .definitions())
        .singleElement()
        .satisfies(definition -> assertThat(definition.salt()).isEmpty());
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(
            () -> FlagDocument.parse(document.formatted("zdd1").getBytes(StandardCharsets.UTF_8)))
        .withMessageEndingWith("flag \"a\": salt: \"\" (expected: not empty)");
  }

  @Test
  void readsEverythingThatADocumentCanSay() throws Exception {
    FlagSnapshot snapshot =
        parse(
            """
            {
              "version": 7,
              "retired": ["old-checkout"],
              "segments": {
                "staff": {
                  "include": ["alice"],
                  "exclude": ["mallory"],
                  "when": [{"attribute": "mail", "operator": "endsWith",
                            "values": ["@shop.example"], "ignoreCase": true}]
                }
              },
              "flags": {
                "new-checkout": {
                  "type": "experiment",
                  "enabled": true,
                  "from": "2026-12-01T08:00:00+01:00",
                  "until": "2027-01-31",
                  "deny": ["bob"],
                  "allow": ["alice", "42"],
                  "requires": ["payments",
                               {"flag": "theme", "variants": ["dark"]},
                               {"flag": "freeze", "enabled": false}],
                  "rules": [
                    {"name": "staff", "when": [{"segment": "staff"}], "variant": "red"},
                    {"when": [{"attribute": "country", "operator": "in", "values": ["AT", "DE"]},
                              {"attribute": "age", "operator": "number<", "values": [18, "21.5"],
                               "not": true}],
                     "percentage": 50, "salt": "autumn", "weights": {"red": 1, "blue": 3},
                     "goesOn": true}
                  ],
                  "percentage": "12.5",
                  "variants": [{"name": "red", "weight": 1, "value": {"rgb": [255, 0, 0]}},
                               {"name": "blue", "weight": 2, "value": []}],
                  "unit": "tenant",
                  "salt": "spring",
                  "bucketer": "zdd1",
                  "owner": "team checkout",
                  "created": "2026-11-01",
                  "expires": "2027-01-31"
                },
                "payments": {"enabled": true},
                "theme": {"enabled": true,
                          "variants": [{"name": "dark", "weight": 1},
                                       {"name": "light", "weight": 0, "value": "Tag"}]},
                "freeze": {"enabled": false,
                           "variants": [{"name": "n", "weight": 1, "value": 1.50}]}
              }
            }
            """);

    assertThat(snapshot.version()).matches("7-[0-9a-f]{8}");
    assertThat(snapshot.retired()).containsExactly("old-checkout");
    assertThat(snapshot.segments())
        .containsExactly(
            new Segment(
                "staff",
                Set.of("alice"),
                Set.of("mallory"),
                List.of(
                    Condition.attribute("mail", Operator.ENDS_WITH, "@shop.example")
                        .ignoringCase())));
    assertThat(snapshot.definitions())
        .containsExactly(
            new FlagDefinition(
                "new-checkout",
                FlagType.EXPERIMENT,
                true,
                Instant.parse("2026-12-01T07:00:00Z"),
                Instant.parse("2027-01-31T00:00:00Z"),
                Set.of("bob"),
                Set.of("alice", "42"),
                List.of(
                    Requirement.on("payments"),
                    new Requirement("theme", true, Set.of("dark")),
                    new Requirement("freeze", false, Set.of())),
                List.of(
                    Rule.when(Condition.segment("staff")).named("staff").variant("red"),
                    new Rule(
                        null,
                        List.of(
                            Condition.attribute("country", Operator.IN, "AT", "DE"),
                            Condition.attribute("age", Operator.NUMBER_BELOW, "18", "21.5")
                                .negated()),
                        Percentage.parse("50"),
                        "autumn",
                        Map.of("red", 1, "blue", 3),
                        true)),
                Percentage.parse("12.5"),
                List.of(
                    new Variant("red", 1, new FlagValue.Json("{\"rgb\":[255,0,0]}")),
                    new Variant("blue", 2, new FlagValue.Json("[]"))),
                "tenant",
                "spring",
                "zdd1",
                "team checkout",
                LocalDate.of(2026, 11, 1),
                LocalDate.of(2027, 1, 31)),
            FlagDefinition.builder("payments").enabled(true).build(),
            FlagDefinition.builder("theme")
                .enabled(true)
                .variants(
                    new Variant("dark", 1, new FlagValue.Text("dark")),
                    new Variant("light", 0, new FlagValue.Text("Tag")))
                .build(),
            FlagDefinition.builder("freeze")
                .variants(new Variant("n", 1, new FlagValue.Numeric(new BigDecimal("1.50"))))
                .build());
  }

  @Test
  void thePercentageMayBeANumberAndIsReadAsItIsWritten() throws Exception {
    for (String percentage : new String[] {"0", "0.0001", "33.3333", "99.9999", "100"}) {
      assertThat(
              parse("{\"flags\":{\"a\":{\"enabled\":true,\"percentage\":" + percentage + "}}}")
                  .definitions()
                  .get(0)
                  .percentage())
          .isEqualTo(Percentage.parse(percentage));
    }
  }

  @Test
  void theVersionTellsDocumentsApartThatForgotToRaiseTheirs() throws Exception {
    assertThat(parse("{\"version\":7,\"flags\":{}}").version())
        .isNotEqualTo(parse("{\"version\":7, \"flags\":{}}").version());
    assertThat(parse("{\"flags\":{}}").version()).matches("[0-9a-f]{8}");
  }

  // One row: the document, with ' for ", and the whole message.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | line 1, column 1: empty (expected: a JSON object)",
        "` ` | line 1, column 2: empty (expected: a JSON object)",
        "[] | line 1, column 1: an array (expected: a JSON object)",
        "{} | line 1, column 2: flags: missing (expected: an object of flags)",
        "{'flags':[]} | line 1, column 10: flags: an array (expected: an object of flags)",
        "{'flags':{}} {} | line 1, column 14: more after the end of the document (expected: nothing)",
        "{'flag':{}} | line 1, column 2: unknown field 'flag' (expected one of: $schema, flags, retired, segments, version)",
        "{'version':'7','flags':{}} | line 1, column 12: version: '7' (expected: a whole number, 0"
            + " or more, of at most 63 bits)",
        "{'version':-1,'flags':{}} | line 1, column 12: version: '-1' (expected: a whole number, 0"
            + " or more, of at most 63 bits)",
        "{'version':9223372036854775808} | line 1, column 12: version: '9223372036854775808'"
            + " (expected: a whole number, 0 or more, of at most 63 bits)",
        "{'flags':{'a':true}} | line 1, column 15: flag 'a': 'true' (expected: an object)",
        "{'flags':{'a':{}}} | line 1, column 16: flag 'a': enabled: missing (expected: true or"
            + " false)",
        "{'flags':{'a':{'enabled':'true'}}} | line 1, column 26: flag 'a': enabled: 'true'"
            + " (expected: true or false)",
        "{'flags':{'a':{'enabled':null}}} | line 1, column 26: flag 'a': enabled: 'null' (expected:"
            + " true or false)",
        "{'flags':{'':{'enabled':true}}} | line 1, column 29: flag '': key: '' (expected: 1 to 200"
            + " characters, no control characters, no space at either end)",
      })
  void saysWhatIsWrongAndWhere(String document, String message) {
    assertRefused(document.replace('\'', '"'), message.replace('\'', '"'));
  }

  // One row: a field of an enabled flag, and what follows "line 4, column 5: ".
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'percentage': -1 | 19 | percentage: '-1' PERCENTAGE",
        "'percentage': 100.0001 | 19 | percentage: '100.0001' PERCENTAGE",
        "'percentage': NaN | 19 | percentage: 'NaN' PERCENTAGE",
        "'percentage': 'ten' | 19 | percentage: 'ten' PERCENTAGE",
        "'percentage': 1.00001 | 19 | percentage: '1.00001' PERCENTAGE",
        "'percentage': 1e1 | 19 | percentage: '1e1' PERCENTAGE",
        "'percentage': true | 19 | percentage: 'true' (expected: a number, or text of one)",
        "'percentage': [1] | 19 | percentage: an array (expected: a number, or text of one)",
        "'percentge': 10 | 5 | unknown field 'percentge' (expected one of: allow, bucketer, created,"
            + " deny, enabled, expires, from, owner, percentage, requires, rules, salt, type, unit,"
            + " until, variants)",
        "'bucketer': 'zdd2' | 17 | bucketer: 'zdd2' (expected one of: flagd2, growthbook1,"
            + " growthbook2, launchdarkly, optimizely, split, unleash, zdd1)",
        "'bucketer': 'unleash', 'percentage': 12.5 | 63 | percentage: 12.5 % (expected with bucketer"
            + " 'unleash': steps of 1 %)",
        "'bucketer': 'split', 'percentage': 12 | 59 | salt: 'a' (expected with bucketer"
            + " 'split': the seed of the flag, a whole number of 32 bits)",
        "'salt': 5 | 13 | salt: '5' (expected: text)",
        "'owner': {} | 14 | owner: an object (expected: text, not empty)",
        "'allow': 'alice' | 14 | allow: 'alice' (expected: an array of text)",
        "'allow': ['a', 42] | 20 | allow: '42' (expected: text, not empty)",
        "'expires': '2027-02-30' | 16 | expires: '2027-02-30' (expected: a date, as 2027-01-31)",
        "'created': 20270131 | 16 | created: '20270131' (expected: text, not empty)",
        "'type': 'killswitch' | 13 | type: 'killswitch' (expected one of: release, ops, kill-switch,"
            + " experiment, permission, migration)",
        "'from': '2027-01-31T08:00' | 13 | from: '2027-01-31T08:00' (expected: a moment, as"
            + " 2027-01-31T08:00:00Z, or a day, as 2027-01-31)",
        "'from': '2027-02-01', 'until': '2027-02-01' | 65 | until: 2027-02-01T00:00:00Z (expected:"
            + " after from, 2027-02-01T00:00:00Z)",
        "'deny': ['a'], 'allow': ['a'], 'percentage': 1 | 68 | deny: 'a' (expected: not on the allow"
            + " list too)",
        "'unit': '' | 13 | unit: '' (expected: text, not empty)",
        "'requires': 'b' | 17 | requires: 'b' (expected: an array of flags)",
        "'requires': [1] | 18 | requires: '1' (expected: a flag's key, or an object)",
        "'requires': [{'enabled': true}] | 34 | flag: missing (expected: a flag's key)",
        "'requires': [{'flag': 'b', 'on': true}] | 32 | unknown field 'on' (expected one of: enabled,"
            + " flag, variants)",
        "'requires': [{'flag': 'b', 'enabled': false, 'variants': ['x']}] | 67 | requires: 'b':"
            + " variants: [x] (expected: none of a flag that has to be off)",
        "'variants': [1] | 18 | variants: '1' (expected: an object)",
        "'variants': [{'weight': 1}] | 30 | name: missing (expected: text)",
        "'variants': [{'name': 'x'}] | 30 | weight: missing (expected: a whole number, 0 or more)",
        "'variants': [{'name': 'x', 'weight': 0.5}] | 42 | weight: '0.5' (expected: a whole number, 0"
            + " to 2147483647)",
        "'variants': [{'name': 'x', 'weight': -1}] | 42 | weight: '-1' (expected: a whole number, 0"
            + " to 2147483647)",
        "'variants': [{'name': 'x', 'weight': 2147483648}] | 42 | weight: '2147483648' (expected: a"
            + " whole number, 0 to 2147483647)",
        "'variants': [{'name': 'x', 'weight': NaN}] | 42 | weight: 'NaN' (expected: a whole number, 0"
            + " to 2147483647)",
        "'variants': [{'name': 'x', 'wait': 1}] | 32 | unknown field 'wait' (expected one of: name,"
            + " value, weight)",
        "'variants': [{'name': 'x', 'weight': 0}] | 62 | variants: all weights are 0 (expected: one"
            + " that is not)",
        "'variants': [{'name': 'x', 'weight': 2147483647}, {'name': 'y', 'weight': 1}] | 99 | weights:"
            + " [2147483647, 1] (expected: none negative, and their sum 1 to 2147483647)",
        "'variants': [{'name': 'x', 'weight': 1}, {'name': 'x', 'weight': 1}] | 90 | variants: 'x'"
            + " stands twice (expected: once)",
        "'variants': [{'name': 'x', 'weight': 1, 'value': 1}, {'name': 'y', 'weight': 1}] | 102 |"
            + " variants: values of several kinds, number, text (expected: one kind)",
        "'rules': {} | 14 | rules: an object (expected: an array of rules)",
        "'rules': [[]] | 15 | rules: an array (expected: an object)",
        "'rules': [{}] | 16 | when: missing (expected: an array of conditions, empty for everybody)",
        "'rules': [{'if': []}] | 16 | unknown field 'if' (expected one of: goesOn, name, percentage,"
            + " salt, variant, weights, when)",
        "'rules': [{'when': [], 'percentage': 101}] | 42 | percentage: '101' PERCENTAGE",
        "'rules': [{'when': [], 'goesOn': true}] | 42 | rules: percentage: missing beside goesOn"
            + " (expected: how many of those who meet the conditions)",
        "'rules': [{'when': [], 'salt': 's'}] | 39 | rules: percentage: missing beside salt"
            + " (expected: how many of those who meet the conditions)",
        "'rules': [{'when': [], 'variant': 'red'}] | 63 | rules: variant: 'red' (expected: one of the"
            + " flag's, which has none)",
        "'rules': [{'when': [], 'variant': 'a', 'weights': {'a': 1}}] | 62 | rules: weights: beside"
            + " variant (expected: one of the two)",
        "'rules': [{'when': [], 'weights': {}}] | 40 | weights: missing (expected: at least one)",
        "'rules': [{'when': [{'operator': 'exists'}]}] | 46 | attribute: missing (expected: an"
            + " attribute's name, or a segment)",
        "'rules': [{'when': [{'attribute': 'a'}]}] | 42 | operator: missing (expected: how the"
            + " attribute is compared)",
        "'rules': [{'when': [{'attribute': 'a', 'segment': 's'}]}] | 58 | a segment beside an"
            + " attribute (expected: one of the two)",
        "'rules': [{'when': [{'attribute': 'a', 'operator': 'exists', 'value': 1}]}] | 66 | unknown"
            + " field 'value' (expected one of: attribute, ignoreCase, not, operator, segment,"
            + " values)",
        "'rules': [{'when': [{'attribute': 'a', 'operator': 'in', 'values': 'x'}]}] | 72 | values: 'x'"
            + " (expected: an array of text or numbers)",
        "'rules': [{'when': [{'attribute': 'a', 'operator': 'in', 'values': [null]}]}] | 73 | values:"
            + " 'null' (expected: text, a number, true or false)",
        "'rules': [{'when': [{'attribute': 'a', 'operator': 'in'}]}] | 60 | values: 0 of them (expected"
            + " with operator 'in': at least one)",
        "'rules': [{'when': [{'attribute': 'a', 'operator': 'number<', 'values': [NaN]}]}] | 82 |"
            + " values: 'NaN' (expected: a decimal number, as -1.5)",
        "'rules': [{'when': [{'attribute': 'a', 'operator': 'matches', 'values': ['(']}]}] | 82 |"
            + " values: '(' (expected: a regular expression; Unclosed group)",
      })
  void saysWhichFieldOfWhichFlagIsWrong(String field, int column, String message) {
    assertRefused(
        "{\n  \"flags\": {\n  \"a\": {\n    " + field.replace('\'', '"') + ", \"enabled\": true}}}",
        ("line 4, column " + column + ": flag \"a\": " + message)
            .replace('\'', '"')
            .replaceAll("([a-z])\"s", "$1's")
            .replace("PERCENTAGE", "(expected: 0 to 100 with at most 4 decimals, as 12.5)"));
  }

  @Test
  void saysWhichOperatorsThereAre() {
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() ->
            parse(
                "{\"flags\":{\"a\":{\"enabled\":true,\"rules\":[{\"when\":[{\"attribute\":\"x\",\n"
                    + "  \"operator\": \"like\"}]}]}}}"))
        .withMessageStartingWith(
            "line 2, column 15: flag \"a\": operator: \"like\" (expected one of: exists, equals,");
  }

  // One row: what stands beside the flags a (line 2) and b (line 3), what b has, and the message.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "| 'requires': ['b'] | line 3, column 1: flag 'b': requires: a circle, 'b' requires 'b'"
            + " (expected: none)",
        "| 'requires': ['c'] | line 3, column 1: flag 'b': requires: 'c' (expected: a flag of this"
            + " snapshot)",
        "| 'requires': [{'flag': 'a', 'variants': ['x']}] | line 3, column 1: flag 'b': requires: 'a':"
            + " variants: 'x' (expected: one of that flag's)",
        "| 'rules': [{'when': [{'segment': 's'}]}] | line 3, column 1: flag 'b': rules: segment: 's'"
            + " (expected: a segment of this snapshot)",
        ", 'retired': ['b'] | 'owner': 'x' | line 3, column 1: flag 'b': its key is retired"
            + " (expected: another key for another flag)",
        ", 'retired': 'b' | 'owner': 'x' | line 4, column 15: retired: 'b' (expected: an array of"
            + " keys)",
        ", 'segments': [] | 'owner': 'x' | line 4, column 16: segments: an array (expected: an object"
            + " of segments)",
        ", 'segments': {' s': {}} | 'owner': 'x' | line 4, column 24: segment ' s': segment: ' s'"
            + " (expected: 1 to 200 characters, no control characters, no space at either end)",
        ", 'segments': {'s': {'users': []}} | 'owner': 'x' | line 4, column 23: segment 's': unknown"
            + " field 'users' (expected one of: exclude, include, when)",
        ", 'segments': {'s': {'include': [1]}} | 'owner': 'x' | line 4, column 35: segment 's':"
            + " include: '1' (expected: text, not empty)",
        ", 'segments': {'s': {'when': [{'segment': 't'}]}} | 'owner': 'x' | line 4, column 49: segment"
            + " 's': when: segment: 't' (expected: conditions on attributes, within a segment)",
        ", 'segments': {'s': {}, 's': {}} | 'owner': 'x' | line 4, column 29: bad JSON: Duplicate"
            + " field 's'",
      })
  void saysWhichFlagOrSegmentDoesNotFitTheOthers(String beside, String b, String message) {
    assertRefused(
        ("{'flags':{\n'a':{'enabled':true},\n'b':{'enabled':true, "
                + b
                + "}\n}"
                + (beside == null ? "" : beside)
                + "}")
            .replace('\'', '"'),
        message
            .replace('\'', '"')
            .replace("field \"s\"", "field 's'")
            .replaceAll("([a-z])\"s", "$1's"));
  }

  @Test
  void namesTheEndsOfACircleThatIsLong() throws Exception {
    StringBuilder document = new StringBuilder("{\"flags\":{");
    for (int n = 0; n < 10_000; n++) {
      document
          .append(n == 0 ? "\n" : ",\n")
          .append("\"f" + n + "\":{\"enabled\":true,\"requires\":[\"f" + (n + 1) % 10_000 + "\"]}");
    }
    assertRefused(
        document + "}}",
        "line 2, column 1: flag \"f0\": requires: a circle, \"f0\" requires \"f1\" requires \"f2\""
            + " requires \"f3\" requires \"f4\" requires … requires \"f9996\" requires \"f9997\""
            + " requires \"f9998\" requires \"f9999\" requires \"f0\" (expected: none)");
  }

  @Test
  void saysWhereTextThatIsNotJsonStopsBeingIt() {
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> parse("{\n  \"flags\": {\n    new-checkout"))
        .withMessageStartingWith("line 3, column 5: bad JSON: ")
        .withMessageNotContaining("\n");
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> parse("<html>"))
        .withMessageStartingWith("line 1, column 1: bad JSON: ");
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> FlagDocument.parse(new byte[] {'{', '"', (byte) 0xFF, '"'}))
        .withMessageContaining("bad JSON: Invalid UTF-8");
  }

  @Test
  void refusesAFieldOrAFlagThatStandsTwice() {
    assertRefused(
        "{\"flags\":{\"a\":{\"enabled\":true,\"enabled\":false}}}",
        "line 1, column 40: flag \"a\": bad JSON: Duplicate field 'enabled'");
    assertRefused(
        "{\"flags\":{\"a\":{\"enabled\":true},\"a\":{\"enabled\":true}}}",
        "line 1, column 35: bad JSON: Duplicate field 'a'");
  }

  @Test
  void everyBeginningOfADocumentIsRefused() {
    String document =
        "{\"version\":7,\"flags\":{\"ü\":{\"enabled\":true,\"allow\":[\"x\"],\"percentage\":\"5\"}}}";
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    for (int length = 0; length < bytes.length; length++) {
      byte[] beginning = Arrays.copyOf(bytes, length);
      assertThatExceptionOfType(FlagDocumentException.class)
          .as("%s bytes", length)
          .isThrownBy(() -> FlagDocument.parse(beginning))
          .withMessageStartingWith("line 1, column ");
    }
  }

  @Test
  void theNumbersOfAVariantThatIsJsonAreKeptExactly() throws Exception {
    String json = "{\"pi\":3.14159265358979323846,\"all\":[123456789012345678901234567890]}";
    FlagSnapshot snapshot =
        parse(
            "{\"flags\":{\"f\":{\"enabled\":true,\"variants\":"
                + "[{\"name\":\"v\",\"weight\":1,\"value\":"
                + json
                + "}]}}}");

    FlagValue value = snapshot.definitions().get(0).variants().get(0).value();
    assertThat(value.asJson()).isEqualTo(json);
  }

  @Test
  void somebodyElsesTextInAMessageIsShortAndOnOneLine() {
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> parse("{\"flags\":{\"a\":{\"x\\n" + "y".repeat(1000) + "\":1}}}"))
        .withMessageContaining("unknown field \"x?yyy")
        .withMessageContaining("…\"")
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
  }

  @Test
  void refusesAValueThatIsNestedTooDeep() {
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> parse(withValue("[".repeat(2_000) + "]".repeat(2_000))))
        .withMessageMatching("line 1, column \\d+: flag \"a\": value: bad JSON: .*nesting depth.*");
  }

  @Test
  void numbersWithinAValueStayAsTheyAreWritten() throws Exception {
    String numbers = "[1.50,0.12345678901234567890123,1e400,123456789012345678901234567890]";
    assertThat(parse(withValue(numbers)).definitions().get(0).variants().get(0).value().asJson())
        .isEqualTo(numbers);
  }

  @Test
  void noMessageHasAControlCharacter() {
    for (String field :
        List.of(
            "\"rules\":[{\"when\":[],\"variant\":\"x\\u0085\\u009b\\u2028y\"}]",
            "\"requires\":[{\"flag\":\"b\",\"enabled\":false,\"variants\":[\"x\\ny\"]}]")) {
      assertThatExceptionOfType(FlagDocumentException.class)
          .isThrownBy(() -> parse("{\"flags\":{\"a\":{\"enabled\":true," + field + "}}}"))
          .satisfies(e -> assertThat(e.getMessage()).doesNotContainPattern("[\\p{Cc}\u2028]"));
    }
  }

  private static String withValue(String value) {
    return "{\"flags\":{\"a\":{\"enabled\":true,\"variants\":[{\"name\":\"v\",\"weight\":1,\"value\":"
        + value
        + "}]}}}";
  }

  private static FlagSnapshot parse(String document) throws FlagDocumentException {
    return FlagDocument.parse(document.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertRefused(String document, String message) {
    assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> parse(document))
        .withMessage(message);
  }
}
