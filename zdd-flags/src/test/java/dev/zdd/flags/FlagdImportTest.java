package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.zdd.core.RequestContext;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagdImportTest {
  // An id that no flag names. flagd answers somebody without a targeting key; here flags are off.
  private static final String SOMEBODY = "somebody";

  /**
   * Flags of each form that flagd's documentation has, each asked from both sides of what it says:
   * the answer is flagd's, or the flag has been left out by name.
   */
  @ParameterizedTest
  @CsvSource({"cases, 85, 0"})
  void answersEachCaseAsFlagdDoesOrHasLeftItsFlagOut(String file, int least, int most)
      throws IOException {
    JsonTree.Members document = read(file);
    ImportedFlags imported =
        FlagdImport.read(document.byName().get("state").asJson().getBytes(UTF_8));
    Set<String> out = leftOut(imported);
    Flags flags = Flags.of(new SnapshotSource(imported.snapshot()));
    List<String> wrong = new ArrayList<>();
    int answered = 0;
    int notAnswered = 0;
    for (JsonTree tree : document.elements("cases", file)) {
      JsonTree.Members test = JsonTree.membersOf(tree, file);
      if (out.contains(test.text("flag", ""))) {
        notAnswered++;
      } else {
        answered++;
        String answer = answer(flags.flag(test.text("flag", "")), test);
        if (!alike(test, answer)) {
          wrong.add(test.asJson() + ": " + answer);
        }
      }
    }
    System.out.printf(
        "flagd's %s: %d answered as there, %d of %d flags that were left out%n",
        file, answered, notAnswered, out.size());
    imported.findings().forEach(System.out::println);
    assertThat(wrong).isEmpty();
    assertThat(answered).isGreaterThanOrEqualTo(least);
    assertThat(notAnswered).isLessThanOrEqualTo(most);
  }

  @Test
  void dividesIdsAsFlagdsVectorsSay() {
    for (Vectors.Row v : Vectors.of("peers/flagd.json", "hashes")) {
      assertThat(variant("", v, "50", "50")).isEqualTo(v.number("part"));
    }
    for (Vectors.Row v : Vectors.of("peers/flagd.json", "variants")) {
      assertThat(variant(v.text("salt"), v, "25", "25", "25", "25")).isEqualTo(v.number("part"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'if': [{'var': 'beta'}, 'on', 'off']}",
        "{'if': [{'==': [{'var': 'id'}, 'x']}, 'on', 'off']}",
        "{'if': [{'<': [{'var': '$flagd.timestamp'}, 5]}, 'on', 'off']}",
        "{'if': [{'<': [1, {'var': 'age'}, 5]}, 'on', 'off']}",
        "{'if': [{'==': [{'var': ['a', 'x']}, 'x']}, 'on', 'off']}",
        "{'if': [{'in': [{'var': 'a'}, 'some text']}, 'on', 'off']}",
        "{'if': [{'sem_ver': [{'var': 'v'}, '>', '1.2']}, 'on', 'off']}",
        "{'if': [{'$ref': 'nowhere'}, 'on', 'off']}",
        "{'if': [{'$ref': 'itself'}, 'on', 'off']}",
        "{'if': [{'$ref': 'inItself'}, 'on', 'off']}",
        "{'if': [{'some': [{'var': 'a'}, {'==': [{'var': ''}, 1]}]}, 'on', 'off']}",
        "{'starts_with': [{'var': 'a'}, 'x']}",
        "{'fractional': [['off', 10], ['on', 90]]}",
        "{'fractional': [['on', 1], ['off', 2]]}",
        "{'fractional': [{'var': 'email'}, ['on', 1], ['off', 1]]}",
        "{'fractional': [['on', {'var': 'weight'}], ['off', 1]]}",
        "'blue'",
        "['on']"
      })
  void leavesOutTheFlagThatItCannotSayExactly(String targeting) {
    ImportedFlags imported = onOrOff(targeting);

    assertThat(imported.snapshot().definitions()).isEmpty();
    assertThat(imported.findings())
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.flag()).isEqualTo("f");
          assertThat(finding.place()).startsWith("targeting");
          assertThat(finding.leftOut()).isTrue();
        });
  }

  @Test
  void leavesOutAnOnOffFlagThatAnswersTheCallersDefault() {
    assertThat(
            FlagdImport.read(
                    json(
                        "{'flags': {'a': {'state': 'DISABLED', 'variants': {'on': true},"
                            + " 'defaultVariant': 'on'}, 'b': {'state': 'ENABLED', 'variants': {'on': true},"
                            + " 'defaultVariant': null}}}"))
                .findings())
        .extracting(ImportFinding::toString)
        .containsExactly(
            "flag \"a\": state: DISABLED answers the caller's default there, and off here; so does"
                + " no flag (left out)",
            "flag \"b\": defaultVariant: none: the caller's default there, and off here; so does no"
                + " flag (left out)");
  }

  @Test
  void leavesOutWhatWouldTakeTooManyRules() {
    String either = "{'or': [{'==': [{'var': 'a%d'}, 'x']}, {'==': [{'var': 'b%d'}, 'x']}]}";
    List<String> all = new ArrayList<>();
    for (int n = 0; n < 9; n++) {
      all.add(String.format(either, n, n));
    }

    assertThat(
            onOrOff("{'if': [{'and': [" + String.join(",", all) + "]}, 'on', 'off']}").findings())
        .singleElement()
        .hasToString("flag \"f\": targeting: it comes to more than 256 alternatives (left out)");
    assertThat(
            onOrOff("{'if': [{'and': [" + String.join(",", all.subList(1, 9)) + "]}, 'on', 'off']}")
                .snapshot()
                .definitions())
        .singleElement()
        .satisfies(definition -> assertThat(definition.rules()).hasSize(256));
  }

  @Test
  void knowsAFlagThatIsDefinedTwiceInAnArray() {
    String flag =
        "{'key': 'f', 'state': 'ENABLED', 'variants': {'on': true}, 'defaultVariant': 'on'}";

    ImportedFlags imported = FlagdImport.read(json("{'flags': [" + flag + ", " + flag + "]}"));

    assertThat(imported.snapshot().definitions()).isEmpty();
    assertThat(imported.findings())
        .singleElement()
        .hasToString("flag \"f\": it is defined twice (left out)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          ""                      | empty (expected: a JSON object)
          []                      | document: "[]" (expected: an object)
          {}                      | flags: missing (expected: an object or an array)
          {'flags': {}, 'x': 1}   | x: the field is not known, and could change what the flag means
          {'flags': {}} {}        | more after the end of the document (expected: nothing)
          """)
  void refusesWhatIsNoDocumentOfFlagds(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> FlagdImport.read(json(text)))
        .withMessage(message);
  }

  private static ImportedFlags onOrOff(String targeting) {
    return FlagdImport.read(
        json(
            "{'flags': {'f': {'state': 'ENABLED', 'variants': {'on': true, 'off': false},"
                + " 'defaultVariant': 'off', 'targeting': "
                + targeting
                + "}}, '$evaluators': {'itself': {'$ref': 'itself'},"
                + " 'inItself': {'!': {'$ref': 'inItself'}}}}"));
  }

  private static int variant(String salt, Vectors.Row v, String... weights) {
    List<String> variants = new ArrayList<>();
    List<String> shares = new ArrayList<>();
    for (int n = 0; n < weights.length; n++) {
      variants.add("'v" + n + "': " + n);
      shares.add("['v" + n + "', " + weights[n] + "]");
    }
    FlagSnapshot snapshot =
        FlagdImport.read(
                json(
                    "{'flags': {'any': {'state': 'ENABLED', 'variants': {"
                        + String.join(",", variants)
                        + "}, 'defaultVariant': 'v0', 'targeting': {'fractional': [{'cat': ['"
                        + salt
                        + "', {'var': 'targetingKey'}]},"
                        + String.join(",", shares)
                        + "]}}}}"))
            .snapshot();
    return (int) Flags.of(new SnapshotSource(snapshot)).flag("any").number(v.text("id"), -1);
  }

  private static String answer(Flag flag, JsonTree.Members test) {
    String id = test.text("id", "");
    RequestContext.Builder request = RequestContext.builder(id == null ? SOMEBODY : id);
    JsonTree.Members context = JsonTree.membersOf(test.byName().get("context"), "");
    for (Map.Entry<String, JsonTree> given : context.byName().entrySet()) {
      String name = given.getKey();
      JsonTree value = given.getValue();
      if (value instanceof JsonTree.Numeral numeral) {
        request.attribute(name, Double.parseDouble(numeral.digits()));
      } else if (value instanceof JsonTree.Truth truth) {
        request.attribute(name, truth.value());
      } else {
        request.attribute(name, context.text(name, ""));
      }
    }
    RequestContext asked = request.build();
    String otherwise = String.valueOf(test.text("default", ""));
    return switch (String.valueOf(test.text("type", ""))) {
      case "Boolean" -> Boolean.toString(flag.isEnabled(asked, Boolean.parseBoolean(otherwise)));
      case "String" -> flag.text(asked, otherwise);
      case "Object" -> flag.json(asked, otherwise);
      default -> BigDecimal.valueOf(flag.number(asked, Double.parseDouble(otherwise))).toString();
    };
  }

  private static boolean alike(JsonTree.Members test, String answer) {
    String expected = String.valueOf(test.text("expected", ""));
    return switch (String.valueOf(test.text("type", ""))) {
      case "Boolean", "String" -> expected.equals(answer);
      case "Object" ->
          JsonTree.read(expected.getBytes(UTF_8)).equals(JsonTree.read(answer.getBytes(UTF_8)));
      default -> new BigDecimal(expected).compareTo(new BigDecimal(answer)) == 0;
    };
  }

  private static Set<String> leftOut(ImportedFlags imported) {
    return imported.findings().stream()
        .filter(ImportFinding::leftOut)
        .map(ImportFinding::flag)
        .collect(Collectors.toSet());
  }

  private static byte[] json(String text) {
    return text.replace('\'', '"').getBytes(UTF_8);
  }

  private static JsonTree.Members read(String file) throws IOException {
    try (InputStream in = FlagdImportTest.class.getResourceAsStream("flagd/" + file + ".json")) {
      return JsonTree.membersOf(JsonTree.read(in.readAllBytes()), file);
    }
  }
}
