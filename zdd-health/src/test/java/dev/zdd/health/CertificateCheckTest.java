package dev.zdd.health;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@SuppressWarnings("NullAway.Init")
class CertificateCheckTest {
  @TempDir private static Path directory;
  private static X509Certificate certificate;
  private static Instant from;
  private static Instant until;

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path store = directory.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "shop",
                "-dname",
                "CN=localhost",
                "-keyalg",
                "EC",
                "-validity",
                "90",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance(store.toFile(), "changeit".toCharArray());
    if (!(keys.getCertificate("shop") instanceof X509Certificate made)) {
      throw new IOException("no certificate in " + store);
    }
    certificate = made;
    from = certificate.getNotBefore().toInstant();
    until = certificate.getNotAfter().toInstant();
  }

  private static HealthResult at(Instant instant) {
    Clock clock = Clock.fixed(instant, ZoneOffset.UTC);
    return new CertificateCheck(() -> certificate, ofDays(14), clock).check();
  }

  @Test
  void warnsBeforeItExpires() {
    assertThat(at(until.minus(ofDays(14)))).isEqualTo(HealthResult.up());
    HealthResult soon = HealthResult.degraded("the certificate expires at " + until);
    assertThat(at(until.minus(ofDays(14)).plusSeconds(1))).isEqualTo(soon);
    assertThat(at(until)).isEqualTo(soon);
  }

  @Test
  void isDownOutsideItsTime() {
    assertThat(at(until.plusSeconds(1)))
        .isEqualTo(HealthResult.down("the certificate has expired at " + until));
    // What a clock that was set back makes of a new certificate.
    assertThat(at(from.minus(ofSeconds(1))))
        .isEqualTo(HealthResult.down("the certificate is not valid before " + from));
  }

  @Test
  void seesTheOneThatIsInUseNow() throws Exception {
    X509Certificate[] current = {null};
    HealthCheck check = Checks.certificate(() -> current[0], ofDays(14));
    assertThat(check.check()).isEqualTo(HealthResult.down("there is no certificate"));
    current[0] = certificate;
    assertThat(check.check()).isEqualTo(HealthResult.up());
  }
}
