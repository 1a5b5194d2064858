package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.openfeature.sdk.ErrorCode;
import dev.openfeature.sdk.ImmutableMetadata;
import dev.openfeature.sdk.ProviderEvaluation;
import dev.zdd.core.RequestContext;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A decision in OpenFeature's terms. All of it is there: what its resolution details have no field
 * for is in the metadata.
 *
 * @param decision what the flag answers, and why
 * @param definition the flag, of the same snapshot; null if that has none
 * @param staleAfter an older decision may be out of date
 */
record OpenFeatureAnswer(
    Decision decision, @Nullable FlagDefinition definition, Duration staleAfter) {
  private static final String ERROR = dev.openfeature.sdk.Reason.ERROR.name();
  // A reason of the specification that the SDK's enum has not.
  private static final String STALE = "STALE";

  /** Asks for a flag; counts it if there is one. */
  static OpenFeatureAnswer of(
      Flags flags, String key, RequestContext context, Duration staleAfter) {
    FlagDefinition definition = flags.pinned(key, context).definition;
    // A handle is kept for good, so there is none for whatever keys a caller may come up with.
    Decision decision =
        definition == null
            ? new Flag(key, flags, flags.pinned(key, context)).explain(context)
            : flags.flag(key).decide(context, false);
    return new OpenFeatureAnswer(decision, definition, staleAfter);
  }

  /** Whether the flag is on; a flag with variants too. */
  ProviderEvaluation<Boolean> asBoolean(@Nullable Boolean callersDefault) {
    ProviderEvaluation<Boolean> failure = failure(callersDefault);
    if (failure != null) {
      return failure;
    }
    Variant variant = decision.variant();
    String name = variant != null ? variant.name() : decision.enabled() ? "on" : "off";
    return answer(decision.enabled(), name);
  }

  /** The variant's value; the caller's default, with the reason, if the flag is off. */
  <T> ProviderEvaluation<T> as(OpenFeatureType<T> type, @Nullable T callersDefault) {
    ProviderEvaluation<T> failure = failure(callersDefault);
    if (failure != null) {
      return failure;
    }
    List<Variant> variants = requireNonNull(definition).variants();
    if (variants.isEmpty()) {
      return mismatch("it is on or off", type, callersDefault);
    }
    FlagValue any = variants.get(0).value();
    if (!type.kind().test(any)) {
      return mismatch("its variants are of kind " + any.kind(), type, callersDefault);
    }
    Variant variant = decision.variant();
    if (variant == null) {
      return answer(callersDefault, null);
    }
    T value = type.reading().apply(variant.value());
    return value == null
        ? mismatch(
            "variant " + Quoted.of(variant.name()) + " is " + variant.value(), type, callersDefault)
        : answer(value, variant.name());
  }

  private <T> @Nullable ProviderEvaluation<T> failure(@Nullable T callersDefault) {
    if (decision.version() == null) {
      return error(ErrorCode.PROVIDER_NOT_READY, decision.detail(), callersDefault);
    }
    if (definition == null) {
      return error(ErrorCode.FLAG_NOT_FOUND, decision.detail(), callersDefault);
    }
    return decision.reason() == Reason.ERROR
        ? error(ErrorCode.GENERAL, decision.detail(), callersDefault)
        : null;
  }

  private <T> ProviderEvaluation<T> mismatch(
      String what, OpenFeatureType<T> type, @Nullable T callersDefault) {
    String message = what + " (expected: " + type.name() + ")";
    return error(ErrorCode.TYPE_MISMATCH, message, callersDefault);
  }

  private <T> ProviderEvaluation<T> answer(@Nullable T value, @Nullable String variant) {
    boolean isStale = decision.age().compareTo(staleAfter) > 0;
    return ProviderEvaluation.<T>builder()
        .value(value)
        .variant(variant)
        .reason(isStale ? STALE : decision.reason().name())
        .flagMetadata(metadata())
        .build();
  }

  private <T> ProviderEvaluation<T> error(
      ErrorCode code, String message, @Nullable T callersDefault) {
    return ProviderEvaluation.<T>builder()
        .value(callersDefault)
        .reason(ERROR)
        .errorCode(code)
        .errorMessage("flag " + Quoted.of(decision.key()) + ": " + message)
        .flagMetadata(metadata())
        .build();
  }

  /** Of an evaluation that could not even be begun. */
  static <T> ProviderEvaluation<T> failed(
      ErrorCode code, String message, @Nullable T callersDefault) {
    return ProviderEvaluation.<T>builder()
        .value(callersDefault)
        .reason(ERROR)
        .errorCode(code)
        .errorMessage(message)
        .build();
  }

  private ImmutableMetadata metadata() {
    var metadata =
        ImmutableMetadata.builder()
            .addString("reason", decision.reason().name())
            .addString("detail", decision.detail())
            .addLong("ageMillis", decision.age().toMillis());
    if (decision.version() != null) {
      metadata.addString("version", decision.version());
    }
    if (definition != null) {
      metadata.addString("type", definition.type().text());
      if (definition.owner() != null) {
        metadata.addString("owner", definition.owner());
      }
      if (definition.created() != null) {
        metadata.addString("created", definition.created().toString());
      }
      if (definition.expires() != null) {
        metadata.addString("expires", definition.expires().toString());
      }
    }
    OptionalLong bucket = decision.bucket();
    Percentage percentage = decision.percentage();
    if (bucket.isPresent() && percentage != null) {
      metadata.addLong("bucket", bucket.getAsLong());
      metadata.addDouble("percentage", percentage.ppm() / 1e4);
    }
    return metadata.build();
  }
}
