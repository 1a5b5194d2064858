package dev.zdd.health;

import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import org.jspecify.annotations.Nullable;

/**
 * How a service of {@link GrpcHealth} is at a moment; SERVICE_UNKNOWN if there is none of that
 * name.
 *
 * @param checksShown whether the names of checks are known to who asks
 */
record ServiceSight(Health health, String name, boolean checksShown)
    implements Watchers.Sight<ServingStatus> {
  private static final String NOBODYS = "?";

  /** The service of that name, to one who is not shown the checks. */
  static ServiceSight of(Health health, String name) {
    // One that cannot be anybody's is not kept: it may have megabytes, and line ends for the log.
    boolean possible = name.isEmpty() || CheckRegistration.isName(name);
    return new ServiceSight(health, possible ? name : NOBODYS, false);
  }

  ServiceSight withChecks() {
    return new ServiceSight(health, name, true);
  }

  /** Which probe has this name; null if none has. */
  @Nullable Probe probe() {
    return switch (name) {
      case "", "readiness" -> Probe.READINESS;
      case "liveness" -> Probe.LIVENESS;
      case "startup" -> Probe.STARTUP;
      default -> null;
    };
  }

  @Override
  public ServingStatus now() {
    Probe probe = probe();
    if (probe != null) {
      return of(health.status(probe, health.board(probe)));
    }
    ProbeBoard group = health.group(name);
    if (group != null) {
      return of(health.status(Probe.READINESS, group));
    }
    CheckEntry entry = checksShown ? health.board(Probe.READINESS).find(name) : null;
    return entry == null
        ? ServingStatus.SERVICE_UNKNOWN
        : of(health.status(Probe.READINESS, entry));
  }

  private static ServingStatus of(Status status) {
    return status.isOk() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }
}
