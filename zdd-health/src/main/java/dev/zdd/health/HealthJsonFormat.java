package dev.zdd.health;

import java.util.List;

/**
 * {@code application/health+json}, as the expired draft-inadarei-api-health-check-06 of the IETF
 * describes it: pass, warn or fail.
 */
final class HealthJsonFormat implements HealthFormat {
  static final String TYPE = "application/health+json";

  @Override
  public String contentType() {
    return TYPE;
  }

  @Override
  public String body(List<HealthSnapshot> probes, boolean verbose, Details details, long now) {
    return Json.object(json -> {
      json.writeStringField("status", word(HealthFormat.worst(probes)));
      if (!verbose || details == Details.NOTHING) {
        return;
      }
      json.writeObjectFieldStart("checks");
      int length = 0;
      for (CheckSnapshot check : HealthFormat.worstFirst(probes)) {
        String one = check(check, details);
        length += check.name().length() + one.length() + 6;
        if (length > LIMIT) {
          break;
        }
        json.writeArrayFieldStart(check.name());
        json.writeRawValue(one);
        json.writeEndArray();
      }
      json.writeEndObject();
    });
  }

  private static String check(CheckSnapshot check, Details details) {
    return Json.object(json -> {
      json.writeStringField("status", word(check.status()));
      json.writeStringField("time", check.since().toString());
      if (check.reason() != null) {
        json.writeStringField("output", HealthFormat.reason(check.reason(), details));
      }
    });
  }

  private static String word(Status status) {
    return switch (status) {
      case UP -> "pass";
      case DEGRADED -> "warn";
      case UNKNOWN, DOWN -> "fail";
    };
  }
}
