package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableStructure;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.Value;
import dev.zdd.core.RequestContext;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OpenFeatureContextTest {
  private static final Instant NOON = Instant.parse("2027-01-31T12:00:00.123456Z");

  @Test
  void theTargetingKeyIsTheIdAndNoAttribute() {
    RequestContext context = OpenFeatureContext.of(new ImmutableContext("alice"), null);

    assertThat(context.id()).isEqualTo("alice");
    assertThat(context.attributes()).isEmpty();
    assertThat(OpenFeatureContext.of(new ImmutableContext(), null).id()).isNull();
    assertThat(OpenFeatureContext.of(null, null).id()).isNull();
  }

  @Test
  void eachKindOfValueIsAnAttribute() {
    MutableContext from =
        new MutableContext("alice", Map.of("long", new Value(Long.MAX_VALUE)))
            .add("text", "AT")
            .add("yes", true)
            .add("int", 7)
            .add("double", 12.5)
            .add("moment", NOON)
            .add("groups", List.of(new Value("a"), new Value("b")));

    assertThat(OpenFeatureContext.of(from, null).attributes())
        .containsOnly(
            Map.entry("text", "AT"),
            Map.entry("yes", true),
            Map.entry("int", 7L),
            Map.entry("long", Long.MAX_VALUE),
            Map.entry("double", 12.5),
            Map.entry("moment", NOON),
            Map.entry("groups", List.of("a", "b")));
  }

  @Test
  void whatRulesHaveNoKindForBecomesText() throws Exception {
    MutableContext from = new MutableContext("alice");
    from.add("address", new ImmutableStructure(Map.of("zip", new Value(1010))));
    from.add(
        "mixed",
        List.of(
            new Value("a"),
            new Value(3.0),
            new Value(true),
            new Value(),
            new Value(NOON),
            new Value(List.of(new Value("b"))),
            new Value(new ImmutableStructure(Map.of("c", new Value(1))))));
    ImmutableContext exact =
        new ImmutableContext(
            Map.of("exact", new Value((Object) new BigDecimal("0.12345678901234567890123"))));

    RequestContext context = OpenFeatureContext.of(from, null);
    assertThat(context.attribute("address")).isEqualTo("{\"zip\":1010}");
    assertThat(context.attribute("mixed"))
        .isEqualTo(List.of("a", "3", "true", "null", NOON.toString(), "[\"b\"]", "{\"c\":1}"));
    assertThat(OpenFeatureContext.of(exact, null).attribute("exact"))
        .isEqualTo("0.12345678901234567890123");
  }

  @Test
  void whatIsNullOrNoNumberIsNoAttribute() {
    MutableContext from = new MutableContext("alice").add("nan", Double.NaN);
    from.add("none", (String) null);

    assertThat(OpenFeatureContext.of(from, null).attributes()).isEmpty();
  }

  @Test
  void anAttributeThatCannotBeWrittenIsNamed() {
    MutableStructure circle = new MutableStructure();
    circle.add("itself", circle);
    MutableContext from = new MutableContext("alice").add("odd", circle);

    assertThatThrownBy(() -> OpenFeatureContext.of(from, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("attribute \"odd\": ");
  }

  @Test
  void theRequestSaysWhatTheEvaluationDoesNot() {
    RequestContext request =
        RequestContext.builder("alice")
            .attribute("country", "AT")
            .attribute("age", 30)
            .attribute("score", 0.5)
            .attribute("staff", true)
            .attribute("since", NOON)
            .attribute("groups", List.of("a"))
            .build();

    RequestContext merged =
        OpenFeatureContext.of(
            new ImmutableContext(Map.of("country", new Value("DE"), "plan", new Value("gold"))),
            request);

    assertThat(merged.id()).isEqualTo("alice");
    assertThat(merged.attributes())
        .containsOnly(
            Map.entry("country", "DE"),
            Map.entry("age", 30L),
            Map.entry("score", 0.5),
            Map.entry("staff", true),
            Map.entry("since", NOON),
            Map.entry("groups", List.of("a")),
            Map.entry("plan", "gold"));
    assertThat(OpenFeatureContext.of(new ImmutableContext("bob"), request).id()).isEqualTo("bob");
  }
}
