package dev.zdd.health;

import java.util.List;

/**
 * The shape of MicroProfile Health 4.0: UP or DOWN, and the checks always as an array, empty if
 * their names are withheld. Its schema allows no other field at the root, so checks that do not fit
 * are left out without a word.
 */
final class MicroProfileFormat implements HealthFormat {
  @Override
  public String contentType() {
    return "application/json";
  }

  @Override
  public String body(List<HealthSnapshot> probes, boolean verbose, Details details, long now) {
    return Json.object(json -> {
      json.writeStringField("status", word(HealthFormat.worst(probes)));
      json.writeArrayFieldStart("checks");
      if (details != Details.NOTHING) {
        int length = 0;
        for (CheckSnapshot check : HealthFormat.worstFirst(probes)) {
          String one = check(check, details);
          length += one.length() + 1;
          if (length > LIMIT) {
            break;
          }
          json.writeRawValue(one);
        }
      }
      json.writeEndArray();
    });
  }

  private static String check(CheckSnapshot check, Details details) {
    return Json.object(json -> {
      json.writeStringField("name", check.name());
      json.writeStringField("status", word(check.status()));
      if (check.reason() != null && details == Details.EVERYTHING) {
        json.writeObjectFieldStart("data");
        json.writeStringField("reason", HealthFormat.reason(check.reason(), details));
        json.writeEndObject();
      }
    });
  }

  private static String word(Status status) {
    return status.isOk() ? "UP" : "DOWN";
  }
}
