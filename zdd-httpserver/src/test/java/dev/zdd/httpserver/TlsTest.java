package dev.zdd.httpserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import dev.zdd.testing.RawClient;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path directory;

  @Test
  void servesIdleConnectionsAfterUnbindOverTls() throws Exception {
    SSLContext tls = context();
    HttpsServer server = HttpsServer.create(JdkFixture.loopback(), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    try (JdkFixture jdk = new JdkFixture(server, Executors.newCachedThreadPool());
        RawClient first = connect(tls, jdk.port());
        RawClient second = connect(tls, jdk.port())) {
      first.get("/").response();
      second.get("/").response();
      jdk.signal();
      jdk.drain.unbind();

      assertThat(first.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
      assertThat(second.get("/").untilEnd()).contains("Connection: close").endsWith("ok");
      jdk.drain.closeIdle(Duration.ofNanos(1));
      await().until(() -> jdk.drain.open() == 0);
    }
  }

  /** Then the exchange of our own cannot be had: what is in flight is finished all the same. */
  @Test
  void finishesWhatIsInFlightWhereClientCertificatesAreDemanded() throws Exception {
    SSLContext tls = context();
    HttpsServer server = HttpsServer.create(JdkFixture.loopback(), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(tls) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters demanding = tls.getDefaultSSLParameters();
            demanding.setNeedClientAuth(true);
            parameters.setSSLParameters(demanding);
          }
        });
    try (JdkFixture jdk = new JdkFixture(server, Executors.newCachedThreadPool());
        RawClient client = connect(tls, jdk.port())) {
      client.get("/held");
      await().until(() -> jdk.lifecycle.inFlight().count() == 1);
      jdk.signal();
      jdk.drain.unbind();
      jdk.release.countDown();
      assertThat(client.untilEnd()).contains("Connection: close").endsWith("ok");
    }
  }

  private static RawClient connect(SSLContext tls, int port) throws Exception {
    return new RawClient(
        tls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port));
  }

  /** For the server and for a client that it trusts. */
  private SSLContext context() throws Exception {
    KeyStore keys = selfSigned();
    KeyManagerFactory keyManager =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManager.init(keys, PASSWORD);
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManager.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private KeyStore selfSigned() throws Exception {
    Path store = directory.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "shop",
                "-keyalg",
                "EC",
                "-dname",
                "CN=shop",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    return keys;
  }
}
