package dev.zdd.health;

import dev.zdd.core.Lifecycle;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The shape of Spring Boot Actuator's {@code /actuator/health}: for dashboards and scrapers that
 * know that. Degraded is UP there; a process that drains is OUT_OF_SERVICE.
 */
final class SpringFormat implements HealthFormat {
  static final String TYPE = "application/vnd.spring-boot.actuator.v3+json";

  @Override
  public String contentType() {
    return TYPE;
  }

  @Override
  public String body(List<HealthSnapshot> probes, boolean verbose, Details details, long now) {
    return Json.object(json -> {
      json.writeStringField("status", overall(probes));
      if (details != Details.NOTHING) {
        json.writeObjectFieldStart("components");
        Set<String> written = new HashSet<>();
        int length = 0;
        for (CheckSnapshot check : HealthFormat.worstFirst(probes)) {
          // Two probes may have a check of one name, and an object may not have it twice.
          String name = written.add(check.name()) ? check.name() : twin(check);
          String one = component(check, details);
          length += name.length() + one.length() + 4;
          if (length > LIMIT) {
            break;
          }
          json.writeFieldName(name);
          json.writeRawValue(one);
        }
        json.writeEndObject();
      }
      if (probes.size() > 1) {
        json.writeArrayFieldStart("groups");
        json.writeString("liveness");
        json.writeString("readiness");
        json.writeEndArray();
      }
    });
  }

  static String component(CheckSnapshot check, Details details) {
    return Json.object(json -> {
      json.writeStringField("status", word(check.status()));
      if (check.reason() != null && details == Details.EVERYTHING) {
        json.writeObjectFieldStart("details");
        json.writeStringField("reason", HealthFormat.reason(check.reason(), details));
        json.writeEndObject();
      }
    });
  }

  private static String twin(CheckSnapshot check) {
    return check.name() + "-" + check.probe().label();
  }

  private static String overall(List<HealthSnapshot> probes) {
    Status worst = HealthFormat.worst(probes);
    if (worst == Status.DOWN && probes.stream().allMatch(SpringFormat::isOkButForTheDrain)) {
      return "OUT_OF_SERVICE";
    }
    return worst.isOk() ? "UP" : "DOWN";
  }

  private static boolean isOkButForTheDrain(HealthSnapshot probe) {
    return probe.status().isOk()
        || (probe.lifecycle().compareTo(Lifecycle.State.READY) > 0
            && probe.checks().stream()
                .allMatch(check -> check.status().isOk() || !check.options().required()));
  }

  // Spring's UNKNOWN is answered with 200 there; here it is what is not known to be up.
  private static String word(Status status) {
    return switch (status) {
      case UP, DEGRADED -> "UP";
      case UNKNOWN -> "UNKNOWN";
      case DOWN -> "DOWN";
    };
  }
}
