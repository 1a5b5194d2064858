package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TlsTest {
  private static final int ALERT = 21;
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path directory;

  @Test
  void saysGoodbyeInTlsBeforeTheEndOfTheStream() throws Exception {
    KeyStore keys = selfSigned();
    KeyManagerFactory keyManager =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManager.init(keys, PASSWORD);
    SslContext tls = SslContextBuilder.forServer(keyManager).sslProvider(SslProvider.JDK).build();
    try (var server =
            new TestServer(
                () -> List.of(tls.newHandler(ByteBufAllocator.DEFAULT)), List::of, List::of);
        RecordingSocket wire = new RecordingSocket(server.port());
        SSLSocket client = connect(keys, wire)) {
      server.lifecycle.drain("test");
      client
          .getOutputStream()
          .write("GET /x HTTP/1.1\r\nHost: shop\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      String answer = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).containsIgnoringCase("\r\nconnection: close\r\n").endsWith("\r\n\r\n/x");
      assertThat(typeOfLastRecord(wire.received.toByteArray())).isEqualTo(ALERT);
    }
  }

  // RFC 5246 section 6.2.1: type, version (2), length (2). Java does not miss a close_notify.
  private static int typeOfLastRecord(byte[] received) {
    int at = 0;
    int type = -1;
    while (at < received.length) {
      type = received[at];
      at += 5 + ((received[at + 3] & 0xff) << 8 | received[at + 4] & 0xff);
    }
    return type;
  }

  /** A socket that keeps what it reads. */
  private static final class RecordingSocket extends Socket {
    final ByteArrayOutputStream received = new ByteArrayOutputStream();

    RecordingSocket(int port) throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
      setSoTimeout(20_000);
    }

    @Override
    public InputStream getInputStream() throws IOException {
      return new FilterInputStream(super.getInputStream()) {
        @Override
        public int read() throws IOException {
          int next = super.read();
          if (next >= 0) {
            received.write(next);
          }
          return next;
        }

        @Override
        public int read(byte[] into, int from, int length) throws IOException {
          int count = super.read(into, from, length);
          if (count > 0) {
            received.write(into, from, count);
          }
          return count;
        }
      };
    }
  }

  private static SSLSocket connect(KeyStore trusted, Socket wire) throws Exception {
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(wire, "shop", wire.getPort(), true);
    // 1.3 would hide the type of a record.
    socket.setEnabledProtocols(new String[] {"TLSv1.2"});
    return socket;
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
