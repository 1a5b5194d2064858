package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.zdd.core.RequestContext;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whoever asks, a flag answers. */
class BadInputTest {
  private static final List<String> IDS =
      Arrays.asList(
          null,
          "",
          " ",
          "\0",
          "\ud800",
          "\udfff\ud800",
          "a\ud83d",
          "ü".repeat(1 << 19),
          "x".repeat(1 << 20),
          "9".repeat(1 << 20),
          "' OR 1=1 --",
          "../../etc/passwd",
          "{\"a\":1}");

  @Test
  void neverAnExceptionWhateverTheIdAndTheAttributes() {
    Flags flags = Flags.of(MemoryFlagSource.of(everyOperator(), everyBucketing(), variants()));
    for (String key : new String[] {"operators", "bucketings", "variants", "unknown"}) {
      Flag flag = flags.flag(key);
      for (String id : IDS) {
        boolean isLong = id != null && id.length() > 1000;
        for (RequestContext context : isLong ? List.of(RequestContext.of(id)) : contexts(id)) {
          assertThatCode(
                  () -> {
                    flag.isEnabled(id, true);
                    flag.variant(id);
                    flag.explain(id).toString();
                    flag.isEnabled(context, true);
                    flag.variant(context);
                    flag.explain(context).toString();
                    flag.text(context, "?");
                  })
              .doesNotThrowAnyException();
          boolean nobody = id == null || id.isEmpty();
          if (nobody && !key.equals("unknown")) {
            assertThat(flag.explain(context).reason()).isEqualTo(Reason.NO_UNIT);
            assertThat(flag.isEnabled(context, true)).isFalse();
          }
        }
      }
      for (long id : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE}) {
        assertThat(flag.isEnabled(id)).isEqualTo(flag.isEnabled(Long.toString(id)));
      }
    }
  }

  @Test
  void aFileOfTenThousandFlagsIsReadInTime() throws Exception {
    StringBuilder text = new StringBuilder("{\"flags\":{");
    for (int n = 0; n < 10_000; n++) {
      text.append(n == 0 ? "" : ",\n")
          .append(
              "\"flag-" + n + "\":{\"enabled\":true,\"percentage\":\"12.5\",\"rules\":[{\"when\":")
          .append("[{\"attribute\":\"a\",\"operator\":\"in\",\"values\":[\"x\",\"y\"]}]}]}");
    }
    byte[] document = text.append("}}").toString().getBytes(StandardCharsets.UTF_8);
    long began = System.nanoTime();
    FlagSnapshot snapshot = FlagDocument.parse(document);
    Flags flags =
        Flags.of(MemoryFlagSource.of(snapshot.definitions().toArray(FlagDefinition[]::new)));
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    assertThat(snapshot.definitions()).hasSize(10_000);
    assertThat(flags.flag("flag-9999").definition()).isNotNull();
    assertThat(took).isLessThan(Duration.ofSeconds(20)); // flags/run load measures it
  }

  private static List<RequestContext> contexts(String id) {
    List<RequestContext> contexts = new ArrayList<>();
    contexts.add(RequestContext.of(id));
    for (String value : IDS) {
      if (value != null && value.length() > 1000 && !" ".equals(id)) {
        continue; // once is enough
      }
      contexts.add(RequestContext.builder(id).attribute("a", value).build());
    }
    contexts.add(RequestContext.builder(id).attribute("a", Long.MIN_VALUE).build());
    contexts.add(RequestContext.builder(id).attribute("a", Double.MIN_VALUE).build());
    contexts.add(RequestContext.builder(id).attribute("a", -0.0).build());
    contexts.add(RequestContext.builder(id).attribute("a", 1e308).build());
    contexts.add(RequestContext.builder(id).attribute("a", Instant.MIN).build());
    contexts.add(RequestContext.builder(id).attribute("a", List.of()).build());
    contexts.add(RequestContext.builder(id).attribute("a", List.of("", "1", "x")).build());
    contexts.add(RequestContext.builder(id).attribute("a", "1e999999999").build());
    contexts.add(RequestContext.builder(id).attribute("a", "-1e-999999999").build());
    return contexts;
  }

  // Each rule goes on, so that all are looked at.
  private static FlagDefinition everyOperator() {
    List<Rule> rules = new ArrayList<>();
    for (Operator operator : Operator.values()) {
      String[] values = SampleValues.of(operator);
      for (String attribute : List.of("a", "id")) {
        Condition condition = Condition.attribute(attribute, operator, values);
        for (Condition each : List.of(condition, condition.negated())) {
          rules.add(
              new Rule(null, List.of(each), Percentage.parse("0"), null, java.util.Map.of(), true));
        }
      }
    }
    return FlagDefinition.builder("operators")
        .enabled(true)
        .rules(rules.toArray(Rule[]::new))
        .build();
  }

  private static FlagDefinition everyBucketing() {
    return FlagDefinition.builder("bucketings")
        .enabled(true)
        .bucketer("launchdarkly")
        .salt("salt")
        .percentage("50")
        .build();
  }

  private static FlagDefinition variants() {
    return FlagDefinition.builder("variants")
        .enabled(true)
        .percentage("50")
        .variants(
            new Variant("a", 1, new FlagValue.Text("a")),
            new Variant("b", 1, new FlagValue.Text("b")))
        .build();
  }
}
