package dev.zdd.examples.kubelet;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * The settings of one {@code httpGet} probe, named as in a manifest.
 *
 * @param path where to ask
 * @param initialDelay how long after the container's start it is first asked
 * @param period from the start of one probe to the start of the next
 * @param timeout for the whole exchange: connection, redirects, head and body
 * @param failureThreshold failures in a row until it has failed
 * @param successThreshold successes in a row until it has succeeded
 */
public record HttpProbe(
    String path,
    Duration initialDelay,
    Duration period,
    Duration timeout,
    int failureThreshold,
    int successThreshold) {
  public HttpProbe {
    requireNonNull(path, "path");
    if (initialDelay.isNegative()) {
      throw new IllegalArgumentException("initialDelay: " + initialDelay + " (expected: >= 0)");
    }
    verify("period", period);
    verify("timeout", timeout);
    verify("failureThreshold", failureThreshold);
    verify("successThreshold", successThreshold);
  }

  /** What Kubernetes makes of a probe that sets nothing but its path. */
  public static HttpProbe of(String path) {
    return new HttpProbe(path, Duration.ZERO, Duration.ofSeconds(10), Duration.ofSeconds(1), 3, 1);
  }

  /** The same, asked at this period. */
  public HttpProbe period(Duration value) {
    return new HttpProbe(path, initialDelay, value, timeout, failureThreshold, successThreshold);
  }

  /** The same, with this much time for each exchange. */
  public HttpProbe timeout(Duration value) {
    return new HttpProbe(path, initialDelay, period, value, failureThreshold, successThreshold);
  }

  /** The same, first asked so long after the container's start. */
  public HttpProbe initialDelay(Duration value) {
    return new HttpProbe(path, value, period, timeout, failureThreshold, successThreshold);
  }

  /** The same, failed after so many failures in a row. */
  public HttpProbe failureThreshold(int value) {
    return new HttpProbe(path, initialDelay, period, timeout, value, successThreshold);
  }

  /** The same, succeeded after so many successes in a row. */
  public HttpProbe successThreshold(int value) {
    return new HttpProbe(path, initialDelay, period, timeout, failureThreshold, value);
  }

  /**
   * The longest time from the moment the path begins to answer 503, at once each time, until the
   * probe has failed: it begins right after a probe, and that many follow.
   */
  public Duration detection() {
    return period.multipliedBy(failureThreshold);
  }

  private static void verify(String setting, Duration value) {
    if (value.isNegative() || value.isZero()) {
      throw new IllegalArgumentException(setting + ": " + value + " (expected: > 0)");
    }
  }

  private static void verify(String setting, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(setting + ": " + value + " (expected: >= 1)");
    }
  }
}
