package dev.zdd.health;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Answers in somebody else's shape on somebody else's paths, each for one probe or for several
 * together.
 */
final class MappedEndpoint implements Endpoint {
  private static final List<Probe> ALL = List.of(Probe.values());

  private final Health health;
  private final Audience audience;
  private final HealthFormat format;
  private final Map<String, List<Probe>> paths;
  private final @Nullable String checksBelow;

  private MappedEndpoint(
      Health health,
      Audience audience,
      HealthFormat format,
      Map<String, List<Probe>> paths,
      @Nullable String checksBelow) {
    this.health = health;
    this.audience = audience;
    this.format = format;
    this.paths = paths;
    this.checksBelow = checksBelow;
  }

  static Endpoint microProfile(Health health, Audience audience) {
    Map<String, List<Probe>> paths =
        Map.of(
            "/health", ALL,
            "/health/live", List.of(Probe.LIVENESS),
            "/health/ready", List.of(Probe.READINESS),
            "/health/started", List.of(Probe.STARTUP));
    return new MappedEndpoint(health, audience, new MicroProfileFormat(), paths, null);
  }

  static Endpoint springBoot(Health health, Audience audience) {
    String root = "/actuator/health";
    Map<String, List<Probe>> paths =
        Map.of(
            root,
            ALL,
            root + "/liveness",
            List.of(Probe.LIVENESS),
            root + "/readiness",
            List.of(Probe.READINESS));
    return new MappedEndpoint(health, audience, new SpringFormat(), paths, root + "/");
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    List<Probe> probes = paths.get(request.path());
    if (probes == null) {
      return component(request);
    }
    if (!Responses.isRead(request)) {
      return Responses.NOT_ALLOWED;
    }
    Set<String> none = Set.of();
    List<HealthSnapshot> snapshots = probes.stream().map(health::snapshot).toList();
    String body = format.body(snapshots, true, audience.of(request), health.ticker().read());
    // All of them have to recover: as soon as the one that is asked last may have.
    long retry =
        probes.stream()
            .mapToLong(probe -> health.board(probe).nanosToNextRun(none))
            .max()
            .orElse(0);
    boolean ok = HealthFormat.worst(snapshots).isOk();
    return Responses.of(ok, format.contentType(), body, Responses.wholeSeconds(retry));
  }

  private EndpointResponse component(EndpointRequest request) {
    String path = request.path();
    if (checksBelow == null || !path.startsWith(checksBelow)) {
      return Responses.NOT_FOUND;
    }
    String name = path.substring(checksBelow.length());
    Details details = audience.of(request);
    for (Probe probe : ALL) {
      CheckEntry entry = details == Details.NOTHING ? null : health.board(probe).find(name);
      if (entry != null) {
        CheckSnapshot check = health.board(probe).believed(entry.snapshot());
        return Responses.isRead(request)
            ? Responses.of(
                check.status().isOk(),
                format.contentType(),
                SpringFormat.component(check, details),
                Responses.secondsTo(check, health.ticker().read()))
            : Responses.NOT_ALLOWED;
      }
    }
    return Responses.NOT_FOUND;
  }
}
