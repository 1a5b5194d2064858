package dev.zdd.health;

import dev.zdd.core.Lifecycle;
import java.util.List;

/**
 * One probe at one moment.
 *
 * @param probe which
 * @param status what the probe is answered with; the worst of its required checks, an optional one
 *     counting as DEGRADED at worst; and for readiness and startup DOWN while the lifecycle says so
 * @param lifecycle where the process was
 * @param checks its checks, in the order of their registration
 */
public record HealthSnapshot(
    Probe probe, Status status, Lifecycle.State lifecycle, List<CheckSnapshot> checks) {
  /** Copies the checks. */
  public HealthSnapshot {
    checks = List.copyOf(checks);
  }
}
