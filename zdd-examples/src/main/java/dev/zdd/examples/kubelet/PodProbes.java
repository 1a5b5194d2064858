package dev.zdd.examples.kubelet;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The probes of a pod's one container.
 *
 * @param startup null if it has none: then it counts as started at once
 * @param readiness decides whether it gets requests
 * @param liveness null if it has none: then it is never restarted for its answers
 */
public record PodProbes(
    @Nullable HttpProbe startup, HttpProbe readiness, @Nullable HttpProbe liveness) {
  /** Those of docs/kubernetes/deployment.yaml; a test compares them. */
  public static final PodProbes OF_MANIFEST =
      new PodProbes(
          HttpProbe.of("/startup").period(Duration.ofSeconds(1)).failureThreshold(120),
          HttpProbe.of("/ready").period(Duration.ofSeconds(2)),
          HttpProbe.of("/healthz"));

  public PodProbes {
    requireNonNull(readiness, "readiness");
  }
}
