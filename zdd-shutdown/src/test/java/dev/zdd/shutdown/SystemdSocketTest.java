package dev.zdd.shutdown;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.zdd.core.foreign.CFunction;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Datagrams to a real socket, as systemd has one; Python receives them. */
@Timeout(60)
class SystemdSocketTest {
  private static final String RECEIVER =
      """
      import socket, sys
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      s.bind(sys.argv[1].replace('@', chr(0), 1))
      print('bound', flush=True)
      while True:
          print(repr(s.recv(4096).decode()), flush=True)
      """;

  @TempDir private Path directory;
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private Process receiver;

  @AfterEach
  void stop() {
    if (receiver != null) {
      receiver.destroyForcibly();
    }
  }

  private static boolean isInstalled(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
  }

  private void receiveAt(String socket) throws Exception {
    assumeTrue(isInstalled("python3"), "needs python3");
    receiver = new ProcessBuilder("python3", "-c", RECEIVER, socket).start();
    BufferedReader lines = receiver.inputReader(StandardCharsets.UTF_8);
    Thread reading = new Thread(() -> lines.lines().forEach(received::add));
    reading.setDaemon(true);
    reading.start();
    assertThat(received.poll(20, SECONDS)).isEqualTo("bound");
  }

  private static void assumeForeignFunctions() {
    assumeTrue(Runtime.version().feature() >= 22, "needs Java 22");
  }

  @Test
  void sendsFromThisProcess() throws Exception {
    assumeForeignFunctions();
    String socket = directory.resolve("n").toString();
    receiveAt(socket);
    SystemdSocket.Native sender = new SystemdSocket.Native(socket);
    sender.send("READY=1\nSTATUS=größer");
    sender.send("STOPPING=1");
    assertThat(received.poll(10, SECONDS)).isEqualTo("'READY=1\\nSTATUS=größer'");
    assertThat(received.poll(10, SECONDS)).isEqualTo("'STOPPING=1'");
  }

  @Test
  void sendsToAnAbstractSocket() throws Exception {
    assumeForeignFunctions();
    String socket = "@zdd-test-" + ProcessHandle.current().pid();
    receiveAt(socket);
    new SystemdSocket.Native(socket).send("READY=1");
    assertThat(received.poll(10, SECONDS)).isEqualTo("'READY=1'");
  }

  @Test
  void opensNoMoreFilesThanItCloses() throws Exception {
    assumeForeignFunctions();
    String socket = directory.resolve("n").toString();
    receiveAt(socket);
    SystemdSocket.Native sender = new SystemdSocket.Native(socket);
    sender.send("warm up");
    assertThat(received.poll(10, SECONDS)).isNotNull();
    int before = openFiles();
    for (int i = 0; i < 200; i++) {
      sender.send("STATUS=" + i);
      assertThat(received.poll(10, SECONDS)).isNotNull();
    }
    assertThat(openFiles()).isLessThan(before + 100);
  }

  private static int openFiles() {
    String[] files = new File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  @Test
  void aSocketThatIsGoneIsAFailure() throws Exception {
    assumeForeignFunctions();
    SystemdSocket.Native sender = new SystemdSocket.Native(directory.resolve("nobody").toString());
    assertThatThrownBy(() -> sender.send("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("sendto ");
  }

  @Test
  void knowsWhatASocketAddressLooksLike() {
    var path = SystemdSocket.Native.address("/run/n");
    byte[] bytes = new byte[path.remaining()];
    path.get(bytes, 0, bytes.length);
    assertThat(bytes)
        .startsWith(path.get(0), path.get(1))
        .endsWith('/', 'r', 'u', 'n', '/', 'n', 0);
    assertThat(bytes).hasSize(9);
    assertThat(path.getShort(0)).isEqualTo((short) 1);
    assertThat(SystemdSocket.Native.address("@ab").remaining()).isEqualTo(5);
    assertThat(SystemdSocket.Native.address("@ab").get(2)).isZero();
    assertThat(SystemdSocket.Native.address("/" + "x".repeat(106)).remaining()).isEqualTo(110);
    for (String bad : new String[] {"/" + "x".repeat(107), "relative", "vsock:2:1"}) {
      assertThatThrownBy(() -> SystemdSocket.Native.address(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("NOTIFY_SOCKET: expected");
    }
  }

  @Test
  void sendsByTheProgram() throws Exception {
    assumeTrue(isInstalled("systemd-notify"), "needs systemd-notify");
    String socket = directory.resolve("n").toString();
    receiveAt(socket);
    new SystemdSocket.Program("systemd-notify", socket).send("STOPPING=1\nSTATUS=two words");
    assertThat(received.poll(20, SECONDS)).isEqualTo("'STOPPING=1\\nSTATUS=two words'");
  }

  @Test
  void aProgramThatFailsOrIsNotThereIsAFailure() {
    assertThatThrownBy(() -> new SystemdSocket.Program("zdd-no-such-program", "/n").send("READY=1"))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> new SystemdSocket.Program("false", "/n").send("READY=1"))
        .isInstanceOf(IOException.class)
        .hasMessage("false ended with 1");
  }

  @Test
  void anInterruptEndsTheWaitForTheProgram() throws Exception {
    Throwable[] failure = new Throwable[1];
    Thread sending =
        new Thread(() -> {
          try {
            new SystemdSocket.Program("sleep", "/n").send("30");
          } catch (IOException e) {
            failure[0] = e;
          }
        });
    sending.start();
    Thread.sleep(300); // whether the wait has begun or begins now, the interrupt ends it
    sending.interrupt();
    sending.join(20_000);
    assertThat(failure[0]).hasMessage("sleep was not waited for");
  }

  @Test
  void withoutASocketThereIsNoSystemd() {
    assertThat(SystemdSocket.of(Map.of())).isNull();
    assertThat(SystemdSocket.of(Map.of("NOTIFY_SOCKET", ""))).isNull();
  }

  @Test
  void takesTheProgramWhereTheJvmMayNotCallFunctions() throws Exception {
    SystemdNotify.Sender sender = SystemdSocket.of(Map.of("NOTIFY_SOCKET", "/run/n"));
    if (CFunction.isAllowed()) {
      assertThat(sender).isInstanceOf(SystemdSocket.Native.class);
    } else {
      assertThat(sender).isEqualTo(new SystemdSocket.Program("systemd-notify", "/run/n"));
    }
    // Not an address that Java 22's way knows: the program may.
    assertThat(SystemdSocket.of(Map.of("NOTIFY_SOCKET", "vsock:2:1")))
        .isEqualTo(new SystemdSocket.Program("systemd-notify", "vsock:2:1"));
  }
}
