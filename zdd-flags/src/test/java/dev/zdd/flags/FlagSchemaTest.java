package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** docs/flags.schema.json says of a document what FlagDocument says. */
class FlagSchemaTest {
  private static final Schema SCHEMA = schema();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'flags': {}}",
        "{'$schema': 'flags.schema.json', 'version': 0, 'flags': {}, 'segments': {}, 'retired': ['a b']}",
        "{'flags': {'a': {'enabled': false}, 'ü': {'enabled': true, 'percentage': 33.3333}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': '100', 'allow': ['b'], 'deny': ['c']}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': '0.0001', 'salt': 's', 'bucketer': 'zdd1'}}}",
        "{'flags': {'a': {'enabled': true, 'type': 'kill-switch', 'owner': 'o', 'unit': 'tenant',"
            + " 'created': '2026-11-01', 'expires': '2027-01-31'}}}",
        "{'flags': {'a': {'enabled': true, 'from': '2026-11-01', 'until': '2027-01-31T08:00:00.5+01:00'}}}",
        "{'flags': {'a': {'enabled': true, 'from': '2026-11-01T08:00Z'}}}",
        "{'flags': {'a': {'enabled': true, 'requires': ['b', {'flag': 'c', 'enabled': false}]},"
            + " 'b': {'enabled': true}, 'c': {'enabled': true}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': []}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': 1},"
            + " {'name': 'y', 'weight': 0, 'value': 't'}], 'rules': [{'name': 'r', 'when':"
            + " [{'segment': 's', 'not': true}], 'percentage': 50, 'salt': 'z', 'goesOn': true,"
            + " 'weights': {'x': 1}}, {'when': [{'attribute': 'id', 'operator': 'exists'}],"
            + " 'variant': 'y'}]}}, 'segments': {'s': {'include': ['b'], 'exclude': ['c'], 'when':"
            + " [{'attribute': 'm', 'operator': 'in', 'values': ['x', 1, true], 'ignoreCase': true}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': 1, 'value': 1.5e3}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': 1, 'value': {'a': []}}]}}}",
      })
  void takesWhatIsRead(String document) throws Exception {
    String json = document.replace('\'', '"');
    assertThat(FlagDocument.parse(json.getBytes(StandardCharsets.UTF_8))).isNotNull();
    assertThat(SCHEMA.validate(json, InputFormat.JSON)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[]",
        "{}",
        "{'flags': []}",
        "{'flags': {}, 'flgas': {}}",
        "{'flags': {}, 'version': -1}",
        "{'flags': {}, 'version': 1.5}",
        "{'flags': {}, 'version': '1'}",
        "{'flags': {}, 'retired': 'a'}",
        "{'flags': {}, 'retired': [' a']}",
        "{'flags': {'': {'enabled': true}}}",
        "{'flags': {'a ': {'enabled': true}}}",
        "{'flags': {'a': true}}",
        "{'flags': {'a': {}}}",
        "{'flags': {'a': {'enabled': 'true'}}}",
        "{'flags': {'a': {'enabled': true, 'percentge': 1}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': -1}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': 100.0001}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': 'ten'}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': '012'}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': '1.00000'}}}",
        "{'flags': {'a': {'enabled': true, 'percentage': null}}}",
        "{'flags': {'a': {'enabled': true, 'type': 'killswitch'}}}",
        "{'flags': {'a': {'enabled': true, 'allow': 'b'}}}",
        "{'flags': {'a': {'enabled': true, 'deny': ['']}}}",
        "{'flags': {'a': {'enabled': true, 'salt': ''}}}",
        "{'flags': {'a': {'enabled': true, 'bucketer': 'zdd2'}}}",
        "{'flags': {'a': {'enabled': true, 'expires': '31.1.2027'}}}",
        "{'flags': {'a': {'enabled': true, 'from': '2026-11-01T08:00:00'}}}",
        "{'flags': {'a': {'enabled': true, 'requires': [1]}}}",
        "{'flags': {'a': {'enabled': true, 'requires': [{'enabled': true}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': [], 'salt': 's'}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': [], 'weights': {}}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': [{}]}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': [{'attribute': 'x', 'operator':"
            + " 'like', 'values': ['y']}]}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': [{'attribute': 'x', 'operator':"
            + " 'in', 'values': [null]}]}]}}}",
        "{'flags': {'a': {'enabled': true, 'rules': [{'when': [{'segment': 's', 'attribute': 'x',"
            + " 'operator': 'exists'}]}]}}, 'segments': {'s': {}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'weight': 1}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x'}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': -1}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': 2147483648}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': 1, 'value': null}]}}}",
        "{'flags': {'a': {'enabled': true, 'variants': [{'name': 'x', 'weight': 1, 'value': true}]}}}",
        "{'flags': {}, 'segments': {'s': {'users': []}}}",
        "{'flags': {}, 'segments': {'s': {'when': [{'segment': 't'}]}}}",
      })
  void refusesWhatIsRefused(String document) {
    String json = document.replace('\'', '"');
    org.assertj.core.api.Assertions.assertThatExceptionOfType(FlagDocumentException.class)
        .isThrownBy(() -> FlagDocument.parse(json.getBytes(StandardCharsets.UTF_8)));
    assertThat(SCHEMA.validate(json, InputFormat.JSON)).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(Operator.class)
  void knowsEveryOperator(Operator operator) {
    String json =
        "{\"flags\":{},\"segments\":{\"s\":{\"when\":[{\"attribute\":\"a\",\"operator\":\""
            + operator.text()
            + "\"}]}}}";
    assertThat(SCHEMA.validate(json, InputFormat.JSON)).isEmpty();
  }

  @Test
  void knowsEveryTypeAndEveryBucketing() {
    for (FlagType type : FlagType.values()) {
      assertThat(SCHEMA.validate(flag("type", type.text()), InputFormat.JSON)).isEmpty();
    }
    for (String name : Bucketing.BY_NAME.keySet()) {
      assertThat(SCHEMA.validate(flag("bucketer", name), InputFormat.JSON)).isEmpty();
    }
  }

  @Test
  void knowsEveryFieldThatAParserNamesInARefusal() throws Exception {
    String schema = text();
    for (String document :
        new String[] {
          "{'x': 1}",
          "{'flags': {'a': {'x': 1}}}",
          "{'flags': {'a': {'rules': [{'x': 1}]}}}",
          "{'flags': {'a': {'rules': [{'when': [{'x': 1}]}]}}}",
          "{'flags': {'a': {'variants': [{'x': 1}]}}}",
          "{'flags': {'a': {'requires': [{'x': 1}]}}}",
          "{'segments': {'a': {'x': 1}}}"
        }) {
      org.assertj.core.api.Assertions.assertThatExceptionOfType(FlagDocumentException.class)
          .isThrownBy(() ->
              FlagDocument.parse(document.replace('\'', '"').getBytes(StandardCharsets.UTF_8)))
          .satisfies(e -> {
            String said = String.valueOf(e.getMessage());
            String fields = said.substring(said.indexOf("one of: ") + 8, said.lastIndexOf(')'));
            assertThat(Arrays.asList(fields.split(", ")))
                .hasSizeGreaterThan(2)
                .allSatisfy(field -> assertThat(schema).contains("\"" + field + "\": {"));
          });
    }
  }

  private static String flag(String field, String value) {
    return "{\"flags\":{\"a\":{\"enabled\":true,\"" + field + "\":\"" + value + "\"}}}";
  }

  private static Schema schema() {
    try {
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(text());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static String text() throws IOException {
    return Files.readString(Path.of("..", "docs", "flags.schema.json"));
  }
}
