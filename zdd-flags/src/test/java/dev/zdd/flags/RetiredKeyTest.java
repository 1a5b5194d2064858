package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetiredKeyTest {
  @Test
  void aRetiredKeyIsNotDefinedAgain() {
    assertThatThrownBy(() ->
            FlagDocument.parse(
                "{\"retired\":[\"old\"],\n\"flags\":{\"old\":{\"enabled\":true}}}".getBytes(UTF_8)))
        .isInstanceOf(FlagDocumentException.class)
        .hasMessageMatching(
            "line 2, column \\d+: flag \"old\": its key is retired \\(expected: another key.*");
  }

  @Test
  void aRetiredKeyIsNotRequired() {
    FlagDefinition a = FlagDefinition.builder("a").requires(Requirement.on("old")).build();
    assertThatThrownBy(() -> new FlagSnapshot("1", List.of(a), List.of(), Set.of("old")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("requires: \"old\" (expected: a flag of this snapshot)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "old ", "o\nld"})
  void aTombstoneOfWhatIsNoKeyIsRefused(String key) {
    assertThatThrownBy(() -> new FlagSnapshot("1", List.of(), List.of(), Set.of(key)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("retired: \"");
  }

  @Test
  void inADocumentTheRefusalSaysWhere() {
    assertThatThrownBy(
            () -> FlagDocument.parse("{\"flags\":{},\"retired\":[\"old \"]}".getBytes(UTF_8)))
        .isInstanceOf(FlagDocumentException.class)
        .hasMessageStartingWith("line 1, column 24: retired: \"old \" (expected: 1 to 200 ");
  }

  @Test
  void codeThatStillAsksGetsItsOwnDefaultAndIsToldWhy() throws Exception {
    FlagSnapshot snapshot =
        FlagDocument.parse("{\"flags\":{},\"retired\":[\"old\"]}".getBytes(UTF_8));
    Evaluator old =
        PreparedSnapshot.of(
                snapshot, MemoryFlagSource.of(), java.util.Map.of(), InstantSource.system())
            .evaluator("old");
    assertThat(old.decide("x").enabled(true)).isTrue();
    assertThat(old.decide("x").enabled(false)).isFalse();
    assertThat(old.decide("x").reason()).isEqualTo(Reason.ERROR);
    assertThat(old.decide("x").why()).startsWith("the flag is retired");
  }
}
