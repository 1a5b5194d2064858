package dev.zdd.health;

import static java.time.Duration.ofDays;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChecksTest {
  private static final String LOCAL = InetAddress.getLoopbackAddress().getHostAddress();

  @TempDir private Path directory;

  @Test
  void aHeapWithRoomIsUpAndAFullOneIsDown() {
    System.gc();
    assertThat(new HeapCheck(50, Long.MAX_VALUE).check()).isEqualTo(HealthResult.up());
    // Of which 0 % is not more than 0 %.
    assertThat(new HeapCheck(0, Long.MAX_VALUE).check()).isEqualTo(HealthResult.up());
    // What lives here after a collection fills a heap of 1 MiB many times.
    assertThat(new HeapCheck(50, 1 << 20).check().reason())
        .matches("the heap is \\d+ % full after a collection \\(expected: at most 50 %\\)");
    assertThat(Checks.heapAfterCollection(99)).isInstanceOf(LocalCheck.class);
    assertThatThrownBy(() -> Checks.heapAfterCollection(100))
        .hasMessage("percent: 100 (expected: 1 to 99)");
    assertThat(Checks.heapAfterCollection(1)).isInstanceOf(LocalCheck.class);
    assertThatThrownBy(() -> Checks.heapAfterCollection(0))
        .hasMessage("percent: 0 (expected: 1 to 99)");
  }

  @Test
  void aDiskWithRoomIsUpAndAFullOneIsDown() throws Exception {
    assertThat(Checks.diskSpace(directory, 1).check()).isEqualTo(HealthResult.up());
    assertThat(Checks.diskSpace(directory, Long.MAX_VALUE).check().reason())
        .matches("\\d+ MiB of the disk are usable \\(expected: \\d+ MiB\\)");
    HealthCheck missing = Checks.diskSpace(directory.resolve("missing"), 1);
    assertThatThrownBy(missing::check).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> Checks.diskSpace(directory, 0))
        .hasMessage("leastBytes: 0 (expected: more than 0)");
  }

  @Test
  void aPortThatAcceptsIsUpAndAClosedOneIsNot() throws Exception {
    ServerSocket listener = new ServerSocket(0, 0, InetAddress.getLoopbackAddress());
    HealthCheck check = Checks.tcp(LOCAL, listener.getLocalPort());
    try (listener) {
      assertThat(check.check()).isEqualTo(HealthResult.up());
      try (Socket accepted = listener.accept()) {
        assertThat(accepted.getInputStream().read()).isEqualTo(-1); // no byte, and no reset
      }
    }
    assertThatThrownBy(check::check).isInstanceOf(ConnectException.class);
    assertThatThrownBy(() -> Checks.tcp(LOCAL, 65_536))
        .hasMessage("port: 65536 (expected: 1 to 65535)");
    assertThatThrownBy(() -> Checks.tcp(LOCAL, 0)).hasMessage("port: 0 (expected: 1 to 65535)");
    assertThat(Checks.tcp(LOCAL, 1)).isInstanceOf(TcpCheck.class);
    assertThat(Checks.tcp(LOCAL, 65_535)).isInstanceOf(TcpCheck.class);
  }

  @Test
  void aPortWithAFullAcceptBacklogTimesOut() throws Exception {
    List<Socket> waiting = new ArrayList<>();
    try (ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      fill(listener, waiting);
      HealthCheck check = Checks.tcp(LOCAL, listener.getLocalPort());
      assertThatThrownBy(() -> check.check(ofMillis(200)))
          .isInstanceOf(SocketTimeoutException.class);
    } finally {
      for (Socket socket : waiting) {
        socket.close();
      }
    }
  }

  // Until the kernel no longer answers: it drops what does not fit into its queue.
  private static void fill(ServerSocket listener, List<Socket> waiting) throws IOException {
    while (true) {
      Socket socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(new InetSocketAddress(LOCAL, listener.getLocalPort()), 200);
      } catch (SocketTimeoutException e) {
        return;
      }
    }
  }

  @Test
  void aNameThatResolvesIsUpAndAnUnknownOneIsNot() throws Exception {
    assertThat(Checks.dns("localhost").check()).isEqualTo(HealthResult.up());
    // RFC 6761: no name below "invalid" ever resolves.
    assertThatThrownBy(() -> Checks.dns("zdd.invalid").check())
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void refusesWhatIsMissing() {
    assertThatThrownBy(() -> Checks.dns(null)).hasMessage("name");
    assertThatThrownBy(() -> Checks.tcp(null, 80)).hasMessage("host");
    assertThatThrownBy(() -> Checks.executor(null, ofSeconds(1))).hasMessage("executor");
    assertThatThrownBy(() -> Checks.certificate(null, ofDays(1))).hasMessage("current");
    assertThatThrownBy(() -> Checks.certificate(() -> null, ofDays(-1)))
        .hasMessage("warning: PT-24H (expected: 0 or more)");
  }
}
