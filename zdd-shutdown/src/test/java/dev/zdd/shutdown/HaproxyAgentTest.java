package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class HaproxyAgentTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final List<Socket> open = new ArrayList<>();
  private HaproxyAgent agent;

  @BeforeEach
  void start() throws IOException {
    agent = HaproxyAgent.start(lifecycle, 0);
  }

  @AfterEach
  void stop() throws IOException {
    agent.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), agent.port());
    socket.setSoTimeout(10_000);
    open.add(socket);
    return socket;
  }

  private String ask() throws IOException {
    try (Socket socket = connect()) {
      return read(socket);
    }
  }

  private static String read(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  @Test
  void saysWhereInItsLifeTheProcessIs() throws Exception {
    assertThat(ask()).isEqualTo("down #starting\n");
    lifecycle.ready();
    assertThat(ask()).isEqualTo("up ready\n");
    lifecycle.drain("test");
    assertThat(ask()).isEqualTo("drain\n");
    lifecycle.stop("test");
    assertThat(ask()).isEqualTo("stopped\n");
  }

  @Test
  void whatAPeerSendsDoesNotCostItTheAnswer() throws Exception {
    try (Socket socket = connect()) {
      socket.getOutputStream().write("backend shop\n".repeat(100).getBytes(US_ASCII));
      assertThat(read(socket)).isEqualTo("down #starting\n");
    }
  }

  @Test
  void aPeerThatDoesNothingIsCutAfterASecondAndNotBefore() throws Exception {
    long asked = System.nanoTime();
    Socket idle = connect();
    assertThat(read(idle)).isEqualTo("down #starting\n");
    // The other direction is open until it is cut: a write fails then, and not earlier.
    await().until(() -> isCut(idle));
    assertThat(System.nanoTime() - asked).isGreaterThan(1_000_000_000L);
  }

  @Test
  void aPeerThatSendsWithoutEndIsCut() throws Exception {
    Socket flood = connect();
    byte[] much = new byte[1_024];
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100_000; i++) {
                flood.getOutputStream().write(much);
              }
            })
        .isInstanceOf(IOException.class);
    assertThat(ask()).isEqualTo("down #starting\n");
  }

  /**
   * 4,096 bytes in the one second that everybody has. Says nothing on a machine that needs more.
   */
  @ParameterizedTest
  @CsvSource({"4000,false", "4096,true"})
  void cutsWhoSendsMoreThanAnAgentsQuestionAndNobodyElse(int bytes, boolean cut) throws Exception {
    long begun = System.nanoTime();
    Socket sender = connect();
    assertThat(read(sender)).isEqualTo("down #starting\n");
    // In two pieces: it is the sum that counts.
    sender.getOutputStream().write(new byte[bytes - 1]);
    sender.getOutputStream().write(new byte[1]);
    boolean wasCut = false;
    while (!wasCut && System.nanoTime() - begun < 600_000_000L) {
      LockSupport.parkNanos(20_000_000);
      wasCut = isCut(sender);
    }
    if (System.nanoTime() - begun < 900_000_000L) {
      assertThat(wasCut).isEqualTo(cut);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void leavesNothingOpenWhenItCannotStart() throws Exception {
    InetSocketAddress taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), agent.port());
    long before = descriptors();
    for (int i = 0; i < 100; i++) {
      assertThatThrownBy(() -> HaproxyAgent.start(lifecycle, taken))
          .isInstanceOf(BindException.class);
    }
    assertThat(descriptors()).isLessThan(before + 50); // others run beside it
  }

  private static long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  @Test
  void manyIdlePeersKeepNobodyFromTheAnswerAndTheOldestAreCutFirst() throws Exception {
    Socket first = connect();
    assertThat(read(first)).isNotEmpty();
    long begun = System.nanoTime();
    Socket last = first;
    for (int i = 0; i < HaproxyAgent.MOST; i++) {
      last = connect();
    }
    assertThat(read(last)).isEqualTo("down #starting\n");
    await().pollInterval(java.time.Duration.ofMillis(5)).until(() -> isCut(first));
    // Before the second that everybody has; says nothing on a machine that was slower than that.
    boolean isLastCut = isCut(last);
    if (System.nanoTime() - begun < 1_000_000_000L) {
      assertThat(isLastCut).isFalse();
    }
    assertThat(ask()).isEqualTo("down #starting\n");
  }

  @Test
  void itsThreadDoesNotKeepTheProcessAlive() {
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("zdd-haproxy-agent")))
        .isNotEmpty()
        .allMatch(Thread::isDaemon);
  }

  @Test
  void freesItsPortAndCutsItsPeersWhenItCloses() throws Exception {
    int port = agent.port();
    Socket idle = connect();
    assertThat(read(idle)).isNotEmpty();
    agent.close();
    HaproxyAgent next = HaproxyAgent.start(lifecycle, port);
    assertThat(next.port()).isEqualTo(port);
    assertThat(ask()).isEqualTo("down #starting\n");
    next.close();
    await().until(() -> isCut(idle));
  }

  @Test
  void refusesAPortThatIsTaken() {
    InetSocketAddress taken = new InetSocketAddress(InetAddress.getLoopbackAddress(), agent.port());
    assertThatThrownBy(() -> HaproxyAgent.start(lifecycle, taken))
        .isInstanceOf(BindException.class);
  }

  @Test
  void answersOnLoopbackOnly() throws Exception {
    try (Socket socket = connect()) {
      assertThat(socket.getInetAddress().isLoopbackAddress()).isTrue();
    }
    java.util.Optional<InetAddress> outside =
        java.net.NetworkInterface.networkInterfaces()
            .flatMap(java.net.NetworkInterface::inetAddresses)
            .filter(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
            .findAny();
    org.junit.jupiter.api.Assumptions.assumeTrue(outside.isPresent());
    assertThatThrownBy(() -> new Socket(outside.get(), agent.port()).close())
        .isInstanceOf(IOException.class);
  }

  private static boolean isCut(Socket socket) {
    try {
      socket.getOutputStream().write('\n');
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
