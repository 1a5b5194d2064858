package dev.zdd.health;

import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;

/** See {@link Checks#certificate}. */
final class CertificateCheck implements HealthCheck {
  private final Supplier<X509Certificate> current;
  private final Duration warning;
  private final Clock clock;

  CertificateCheck(Supplier<X509Certificate> current, Duration warning, Clock clock) {
    this.current = current;
    this.warning = warning;
    this.clock = clock;
  }

  @Override
  public HealthResult check() {
    X509Certificate certificate = current.get();
    if (certificate == null) {
      return HealthResult.down("there is no certificate");
    }
    Instant now = clock.instant();
    Instant from = certificate.getNotBefore().toInstant();
    Instant until = certificate.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      return HealthResult.down("the certificate is not valid before " + from);
    }
    if (now.isAfter(until)) {
      return HealthResult.down("the certificate has expired at " + until);
    }
    return Duration.between(now, until).compareTo(warning) < 0
        ? HealthResult.degraded("the certificate expires at " + until)
        : HealthResult.up();
  }
}
