package dev.zdd.health;

import java.util.function.UnaryOperator;

/**
 * Takes checks: the {@link Health.Builder} before the start, a {@link Health} while it runs. A
 * check's name has the characters a-z, 0-9, dot, hyphen and underscore, at most {@value
 * CheckRegistration#LONGEST_NAME}, because it stands in paths and meters; it is unique within its
 * probe. A bad name or setting is refused with an {@link IllegalArgumentException} that names it.
 *
 * @param <T> itself
 */
public abstract sealed class CheckRegistry<T> permits Health, Health.Builder {
  CheckRegistry() {}

  /** Adds a check of this process itself; see {@link LocalCheck} for why only those. */
  public T liveness(String name, LocalCheck check) {
    return liveness(name, check, UnaryOperator.identity());
  }

  /** Adds a check of this process itself, not with the defaults. */
  public T liveness(String name, LocalCheck check, UnaryOperator<CheckOptions> options) {
    return add(CheckRegistration.of(Probe.LIVENESS, name, check, options));
  }

  /** Adds a check that has to be up for requests to be sent here. */
  public T readiness(String name, HealthCheck check) {
    return readiness(name, check, UnaryOperator.identity());
  }

  /** Adds a check that has to be up for requests to be sent here, not with the defaults. */
  public T readiness(String name, HealthCheck check, UnaryOperator<CheckOptions> options) {
    return add(CheckRegistration.of(Probe.READINESS, name, check, options));
  }

  /** Adds a check that has to be up once for the process to have started. */
  public T startup(String name, HealthCheck check) {
    return startup(name, check, UnaryOperator.identity());
  }

  /** Adds a check that has to be up once for the process to have started, not with defaults. */
  public T startup(String name, HealthCheck check, UnaryOperator<CheckOptions> options) {
    return add(CheckRegistration.of(Probe.STARTUP, name, check, options));
  }

  abstract T add(CheckRegistration check);
}
