package dev.zdd.health;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** zdd's own shape: of a plain probe its word alone, else the checks with all that is known. */
final class ZddFormat implements HealthFormat {
  static final String TYPE = "application/json";

  @Override
  public String contentType() {
    return TYPE;
  }

  @Override
  public String body(List<HealthSnapshot> probes, boolean verbose, Details details, long now) {
    HealthSnapshot snapshot = probes.get(0);
    return Json.object(json -> {
      json.writeStringField("status", snapshot.probe().word(snapshot.status().isOk()));
      if (verbose && details != Details.NOTHING) {
        json.writeStringField("lifecycle", snapshot.lifecycle().name().toLowerCase(Locale.ROOT));
        checks(json, HealthFormat.worstFirst(probes), details, now);
      }
    });
  }

  private static void checks(
      JsonGenerator json, List<CheckSnapshot> checks, Details details, long now)
      throws IOException {
    json.writeArrayFieldStart("checks");
    int written = 0;
    int length = 0;
    for (CheckSnapshot check : checks) {
      String one = check(check, details, now);
      length += one.length() + 1;
      if (length > LIMIT) {
        break;
      }
      json.writeRawValue(one);
      written++;
    }
    json.writeEndArray();
    if (written < checks.size()) {
      json.writeNumberField("omitted", checks.size() - written);
    }
  }

  static String check(CheckSnapshot check, Details details, long now) {
    return Json.object(json -> {
      json.writeStringField("name", check.name());
      json.writeStringField("status", check.status().label());
      if (check.reason() != null) {
        json.writeStringField("reason", HealthFormat.reason(check.reason(), details));
      }
      json.writeBooleanField("required", check.options().required());
      json.writeStringField("since", check.since().toString());
      if (check.lastSuccess() != null) {
        json.writeStringField("lastSuccess", check.lastSuccess().toString());
      }
      json.writeNumberField("consecutiveFailures", check.consecutiveFailures());
      json.writeNumberField("durationMs", check.duration().toMillis());
      if (check.heldUntil() != null) {
        json.writeNumberField("heldForMs", millis(Math.max(0, check.heldUntil() - now)));
      }
      if (check.nextRunAt() != null) {
        json.writeNumberField("nextRunMs", millis(Math.max(0, check.nextRunAt() - now)));
      }
      if (check.runningSince() != null) {
        json.writeNumberField("runningForMs", millis(now - check.runningSince()));
      }
      json.writeArrayFieldStart("transitions");
      for (HealthChange change : check.transitions()) {
        json.writeStartObject();
        json.writeStringField("from", change.from().label());
        json.writeStringField("to", change.to().label());
        json.writeStringField("at", change.at().toString());
        json.writeEndObject();
      }
      json.writeEndArray();
    });
  }

  private static long millis(long nanos) {
    return Duration.ofNanos(nanos).toMillis();
  }
}
