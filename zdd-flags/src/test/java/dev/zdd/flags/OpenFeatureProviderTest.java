package dev.zdd.flags;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.openfeature.sdk.Client;
import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.EvaluationContext;
import dev.openfeature.sdk.FlagEvaluationDetails;
import dev.openfeature.sdk.Hook;
import dev.openfeature.sdk.HookContext;
import dev.openfeature.sdk.ImmutableContext;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.MutableContext;
import dev.openfeature.sdk.MutableStructure;
import dev.openfeature.sdk.MutableTrackingEventDetails;
import dev.openfeature.sdk.OpenFeatureAPI;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.openfeature.sdk.Value;
import dev.zdd.core.RequestContext;
import dev.zdd.testing.CapturedLog;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenFeatureProviderTest {
  private static final EvaluationContext ALICE = new ImmutableContext("alice");

  private final HandFedSource source = new HandFedSource();
  private final Flags flags = Flags.of(source);
  private final OpenFeatureAPI api = OpenFeatureAPI.createIsolated();

  @AfterEach
  void shutDown() {
    api.shutdown();
  }

  @Test
  void aBooleanFlagAnswersWithItsReason() {
    Client client =
        client(
            on("static").build(),
            on("allowed").allow("alice").percentage("0").build(),
            on("out").percentage("0").build(),
            on("in").percentage("100").build(),
            on("denied").deny("alice").build(),
            FlagDefinition.builder("disabled").build());

    assertAnswer(client.getBooleanDetails("static", false, ALICE), true, "on", "STATIC");
    assertAnswer(client.getBooleanDetails("allowed", false, ALICE), true, "on", "TARGETING_MATCH");
    assertAnswer(client.getBooleanDetails("out", true, ALICE), false, "off", "SPLIT");
    assertAnswer(client.getBooleanDetails("in", false, ALICE), true, "on", "SPLIT");
    assertAnswer(client.getBooleanDetails("denied", true, ALICE), false, "off", "TARGETING_MATCH");
    assertAnswer(client.getBooleanDetails("disabled", true, ALICE), false, "off", "DISABLED");
  }

  // An error code would make the SDK answer the caller's default, and so put everybody who is not
  // known on the caller's side, which Flag never does.
  @Test
  void withoutATargetingKeyAFlagIsOffAndThatIsNoError() {
    Client client = client(on("f").percentage("100").build(), variants("t", text("a")).build());

    assertAnswer(client.getBooleanDetails("f", true), false, "off", "NO_UNIT");
    assertAnswer(client.getStringDetails("t", "mine"), "mine", null, "NO_UNIT");
  }

  @Test
  void anUnknownAndARetiredFlagAreNotFound() {
    Client client = client();
    source.push(new FlagSnapshot("2", List.of(), List.of(), java.util.Set.of("old")));

    assertError(
        client.getBooleanDetails("new", true, ALICE), true, ErrorCode.FLAG_NOT_FOUND, "\"new\"");
    assertError(
        client.getStringDetails("old", "mine", ALICE), "mine", ErrorCode.FLAG_NOT_FOUND, "retired");
  }

  @Test
  void aKeyThatIsNotDefinedIsNotKept() {
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    new FlagMetrics(flags).bindTo(registry);
    Client client = client(on("f").build());
    client.getBooleanValue("f", false, ALICE);
    client.getBooleanValue("who-knows", false, ALICE);

    assertThat(
            registry
                .find("zdd.flags.evaluations")
                .tag("flag", "f")
                .tag("outcome", "on")
                .functionCounter()
                .count())
        .isEqualTo(1);
    assertThat(registry.find("zdd.flags.evaluations").tag("flag", "who-knows").functionCounter())
        .isNull();
  }

  @Test
  void beforeTheFirstSnapshotTheProviderIsNotReady() {
    ProviderEvaluation<Boolean> answer =
        OpenFeatureProvider.of(flags).getBooleanEvaluation("f", true, ALICE);

    assertThat(answer.getValue()).isTrue();
    assertThat(answer.getReason()).isEqualTo("ERROR");
    assertThat(answer.getErrorCode()).isEqualTo(ErrorCode.PROVIDER_NOT_READY);
    assertThat(answer.getErrorMessage()).contains("nothing has been read from a hand yet");
  }

  @Test
  void aRegularExpressionThatExplodesIsAnError() {
    Client client =
        client(
            on("f")
                .rules(Rule.when(Condition.attribute("a", Operator.MATCHES, "(x+x+)+y")))
                .build());
    EvaluationContext context =
        new ImmutableContext("alice", Map.of("a", new Value("x".repeat(200))));

    assertError(client.getBooleanDetails("f", true, context), true, ErrorCode.GENERAL, "steps");
  }

  @Test
  void variantsAnswerInEveryTypeThatHoldsThem() {
    Client client =
        client(
            variants("text", text("red")).build(),
            variants("int", number("7")).build(),
            variants("long", number("9007199254740993")).build(),
            variants("decimal", number("0.1")).build(),
            variants("json", new FlagValue.Json("{\"n\":[1,0.5]}")).build());

    assertAnswer(client.getStringDetails("text", "", ALICE), "red", "v", "STATIC");
    assertAnswer(client.getIntegerDetails("int", 0, ALICE), 7, "v", "STATIC");
    assertAnswer(client.getLongDetails("int", 0L, ALICE), 7L, "v", "STATIC");
    assertAnswer(client.getDoubleDetails("int", 0.0, ALICE), 7.0, "v", "STATIC");
    assertAnswer(client.getLongDetails("long", 0L, ALICE), 9_007_199_254_740_993L, "v", "STATIC");
    assertAnswer(client.getDoubleDetails("decimal", 0.0, ALICE), 0.1, "v", "STATIC");
    Value none = new Value();
    FlagEvaluationDetails<Value> json = client.getObjectDetails("json", none, ALICE);
    assertAnswer(json, OpenFeatureJson.read("{\"n\":[1,0.5]}"), "v", "STATIC");
    assertThat(json.getValue().asStructure().getValue("n").asList().get(1).asDouble())
        .isEqualTo(0.5);
    assertAnswer(client.getObjectDetails("text", none, ALICE), new Value("red"), "v", "STATIC");
    assertAnswer(client.getObjectDetails("int", none, ALICE), new Value(7), "v", "STATIC");
  }

  @Test
  void aVariantOfAnotherTypeIsAMismatch() {
    Client client =
        client(
            on("plain").build(),
            variants("text", text("7")).build(),
            variants("decimal", number("7.5")).build(),
            variants("large", number("2147483648")).build(),
            variants("larger", number("9223372036854775808")).build());
    ErrorCode mismatch = ErrorCode.TYPE_MISMATCH;

    assertError(client.getStringDetails("plain", "x", ALICE), "x", mismatch, "a string");
    assertError(
        client.getObjectDetails("plain", new Value(1), ALICE), new Value(1), mismatch, "an object");
    assertError(client.getIntegerDetails("text", 1, ALICE), 1, mismatch, "of kind text");
    assertError(client.getStringDetails("decimal", "x", ALICE), "x", mismatch, "number");
    assertError(client.getIntegerDetails("decimal", 1, ALICE), 1, mismatch, "7.5");
    assertError(client.getIntegerDetails("large", 1, ALICE), 1, mismatch, "2147483648");
    assertError(client.getLongDetails("larger", 1L, ALICE), 1L, mismatch, "64 bits");
    assertError(client.getDoubleDetails("text", 1.0, ALICE), 1.0, mismatch, "a double");
  }

  @Test
  void aMismatchIsOneWhetherTheFlagIsOnOrOff() {
    Client client =
        client(
            FlagDefinition.builder("plain").build(),
            variants("text", text("a")).enabled(false).build());

    assertError(
        client.getStringDetails("plain", "x", ALICE), "x", ErrorCode.TYPE_MISMATCH, "on or off");
    assertError(
        client.getIntegerDetails("text", 1, ALICE), 1, ErrorCode.TYPE_MISMATCH, "of kind text");
    assertAnswer(client.getStringDetails("text", "x", ALICE), "x", null, "DISABLED");
  }

  @Test
  void aBooleanEvaluationOfAFlagWithVariantsAnswersWhetherItIsOn() {
    Client client =
        client(
            variants("t", text("red")).build(),
            variants("off", text("red")).percentage("0").build());

    assertAnswer(client.getBooleanDetails("t", false, ALICE), true, "v", "STATIC");
    assertAnswer(client.getBooleanDetails("off", true, ALICE), false, "off", "SPLIT");
    assertAnswer(client.getStringDetails("off", "mine", ALICE), "mine", null, "SPLIT");
  }

  @Test
  void theMetadataTellWhatTheDetailsHaveNoFieldFor() {
    Client client =
        client(
            on("f")
                .percentage("12.5")
                .owner("team checkout")
                .type(FlagType.EXPERIMENT)
                .created(LocalDate.of(2026, 11, 1))
                .expires(LocalDate.of(2027, 1, 31))
                .build());
    source.age(Duration.ofMillis(1500), null);

    ImmutableMetadata metadata = client.getBooleanDetails("f", false, ALICE).getFlagMetadata();
    Decision decision = flags.flag("f").explain("alice");
    assertThat(metadata.asUnmodifiableMap())
        .containsOnly(
            Map.entry("version", "1"),
            Map.entry("reason", "SPLIT"),
            Map.entry("detail", decision.detail()),
            Map.entry("owner", "team checkout"),
            Map.entry("type", "experiment"),
            Map.entry("created", "2026-11-01"),
            Map.entry("expires", "2027-01-31"),
            Map.entry("percentage", 12.5),
            Map.entry("bucket", decision.bucket().getAsLong()),
            Map.entry("ageMillis", 1500L));
  }

  @Test
  void anAnswerThatIsTooOldIsStaleAndItsReasonIsInTheMetadata() {
    Client client = client(on("f").build());
    source.age(Duration.ofMinutes(1), null);
    assertThat(client.getBooleanDetails("f", false, ALICE).getReason()).isEqualTo("STATIC");
    source.age(Duration.ofMinutes(1).plusMillis(1), "down");

    FlagEvaluationDetails<Boolean> details = client.getBooleanDetails("f", false, ALICE);
    assertAnswer(details, true, "on", "STALE");
    assertThat(details.getFlagMetadata().getString("reason")).isEqualTo("STATIC");
  }

  @Test
  void rulesSeeTheAttributesOfAllOfTheSdksContexts() {
    Client client =
        client(
            on("f")
                .percentage("0")
                .rules(
                    Rule.when(
                        Condition.attribute("country", Operator.EQUALS, "AT"),
                        Condition.attribute("age", Operator.NUMBER_AT_LEAST, "18")))
                .build());
    api.setEvaluationContext(new ImmutableContext(Map.of("country", new Value("AT"))));
    client.setEvaluationContext(new ImmutableContext(Map.of("age", new Value(18))));

    assertAnswer(client.getBooleanDetails("f", false, ALICE), true, "on", "TARGETING_MATCH");
    client.setEvaluationContext(new ImmutableContext(Map.of("age", new Value(17))));
    assertAnswer(client.getBooleanDetails("f", false, ALICE), false, "off", "SPLIT");
  }

  @Test
  void aContextThatHasNoTextIsInvalid() {
    Client client = client(on("f").build());
    MutableStructure circle = new MutableStructure();
    circle.add("itself", circle);
    MutableContext context = new MutableContext("alice").add("odd", circle);

    // Directly: the client itself would copy the circle without end.
    ProviderEvaluation<Boolean> answer =
        ((OpenFeatureProvider) api.getProvider()).getBooleanEvaluation("f", true, context);
    assertThat(answer.getErrorCode()).isEqualTo(ErrorCode.INVALID_CONTEXT);
    assertThat(answer.getErrorMessage()).startsWith("attribute \"odd\"");
    assertThat(answer.getValue()).isTrue();
    assertThat(client.getBooleanValue("f", false, ALICE)).isTrue();
  }

  @Test
  void whateverIsWrongNothingIsThrown() {
    source.push(on("f").build());
    OpenFeatureProvider provider =
        OpenFeatureProvider.builder(flags)
            .request(() -> {
              throw new IllegalStateException("no request today");
            })
            .build();
    ProviderEvaluation<Boolean> answer = provider.getBooleanEvaluation("f", true, ALICE);
    assertThat(answer.getErrorCode()).isEqualTo(ErrorCode.GENERAL);
    assertThat(answer.getErrorMessage()).contains("no request today");
    assertThat(answer.getValue()).isTrue();

    OpenFeatureProvider plain = OpenFeatureProvider.of(flags);
    assertThat(plain.getBooleanEvaluation("f", null, null).getReason()).isEqualTo("NO_UNIT");
    assertThat(plain.getStringEvaluation("f", null, ALICE).getValue()).isNull();
  }

  @Test
  void anEvaluationIsOfTheSnapshotOfTheRequest() {
    AtomicReference<RequestContext> request = new AtomicReference<>();
    source.push(on("f").build());
    api.setProviderAndWait(OpenFeatureProvider.builder(flags).request(request::get).build());
    Client client = api.getClient();
    request.set(RequestContext.of("alice"));
    assertThat(flags.flag("f").isEnabled(request.get())).isTrue();
    source.push();

    assertAnswer(client.getBooleanDetails("f", false), true, "on", "STATIC");
    request.set(RequestContext.of("alice"));
    assertThat(client.getBooleanDetails("f", false).getErrorCode())
        .isEqualTo(ErrorCode.FLAG_NOT_FOUND);
    request.set(null);
    assertThat(client.getBooleanDetails("f", false).getErrorCode())
        .isEqualTo(ErrorCode.FLAG_NOT_FOUND);
  }

  @Test
  void hooksSeeTheEvaluation() {
    List<String> stages = new ArrayList<>();
    Client client = client(on("f").build());
    client.addHooks(
        new Hook<Boolean>() {
          @Override
          public void after(
              HookContext<Boolean> context,
              FlagEvaluationDetails<Boolean> details,
              Map<String, Object> hints) {
            stages.add(
                "after " + details.getValue() + " by " + context.getProviderMetadata().getName());
          }

          @Override
          public void error(
              HookContext<Boolean> context, Exception error, Map<String, Object> hints) {
            stages.add("error " + error.getClass().getSimpleName());
          }
        });
    client.getBooleanValue("f", false, ALICE);
    client.getBooleanValue("g", false, ALICE);

    assertThat(stages).containsExactly("after true by zdd", "error FlagNotFoundError");
  }

  @Test
  void whatIsTrackedComesToTheTracker() {
    List<OpenFeatureProvider.Tracked> tracked = new ArrayList<>();
    source.push();
    api.setProviderAndWait(
        OpenFeatureProvider.builder(flags)
            .tracker(event -> {
              tracked.add(event);
              throw new IllegalStateException("full");
            })
            .build());
    try (CapturedLog log = new CapturedLog()) {
      api.getClient().track("bought", ALICE, new MutableTrackingEventDetails(9.9f));
      assertThat(log.linesWith("the tracker failed at event bought")).hasSize(1);
    }

    assertThat(tracked).hasSize(1);
    assertThat(tracked.get(0).event()).isEqualTo("bought");
    assertThat(tracked.get(0).context().getTargetingKey()).isEqualTo("alice");
    assertThat(tracked.get(0).details().getValue()).contains(9.9f);
  }

  @Test
  void withoutATrackerTrackingDoesNothing() {
    client().track("bought");
  }

  @Test
  void aSettingOutOfItsBoundsIsRefused() {
    assertThatThrownBy(
            () -> OpenFeatureProvider.builder(flags).staleAfter(Duration.ofMillis(99)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("staleAfter: PT0.099S (expected: PT0.1S to PT24H)");
    assertThatThrownBy(() ->
            OpenFeatureProvider.builder(flags).firstSnapshotTimeout(Duration.ofMillis(-1)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("firstSnapshotTimeout: ");
  }

  private Client client(FlagDefinition... definitions) {
    source.push(definitions);
    api.setProviderAndWait(OpenFeatureProvider.of(flags));
    return api.getClient();
  }

  private static FlagDefinition.Builder on(String key) {
    return FlagDefinition.builder(key).enabled(true);
  }

  private static FlagDefinition.Builder variants(String key, FlagValue value) {
    return on(key).variants(new Variant("v", 1, value));
  }

  private static FlagValue text(String text) {
    return new FlagValue.Text(text);
  }

  private static FlagValue number(String number) {
    return new FlagValue.Numeric(new BigDecimal(number));
  }

  private static <T> void assertAnswer(
      FlagEvaluationDetails<T> details, T value, String variant, String reason) {
    assertThat(details.getErrorMessage()).isNull();
    assertThat(details.getErrorCode()).isNull();
    assertThat(details.getReason()).isEqualTo(reason);
    assertThat(details.getValue()).isEqualTo(value);
    assertThat(details.getVariant()).isEqualTo(variant);
  }

  private static <T> void assertError(
      FlagEvaluationDetails<T> details, T value, ErrorCode code, String message) {
    assertThat(details.getErrorCode()).isEqualTo(code);
    assertThat(details.getErrorMessage()).contains(message);
    assertThat(details.getReason()).isEqualTo("ERROR");
    assertThat(details.getValue()).isEqualTo(value);
    assertThat(details.getVariant()).isNull();
  }
}
