package dev.zdd.netty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.zdd.core.Lifecycle;
import dev.zdd.testing.FreePort;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCounted;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One server hands over to its successor, in another process, while clients connect and connect.
 */
@Timeout(300)
class HandOverTest {
  private static final Logger log = LoggerFactory.getLogger(HandOverTest.class);
  private static final int HAND_OVERS = 2;
  private static final int CLIENTS = 3;

  // What systemd does for a socket unit with Accept=no and a service with StandardInput=socket:
  // each line it reads starts one more process with the listening socket as its descriptor 0.
  private static final String SYSTEMD =
      """
      import signal, socket, subprocess, sys
      signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # who has ended is gone, as far as ps can see
      listener = socket.socket()
      listener.bind(("127.0.0.1", int(sys.argv[1])))
      listener.listen(1024)
      children = []
      for line in sys.stdin:
          children.append(subprocess.Popen(sys.argv[2:], stdin=listener))
      for child in children:
          child.kill()
      """;

  /** What became of the clients' requests, and who answered. */
  private static final class Storm implements AutoCloseable {
    final AtomicInteger answered = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger lost = new AtomicInteger();
    final Set<String> answerers = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> clients = new ArrayList<>();

    Storm(int port) {
      for (int i = 0; i < CLIENTS; i++) {
        Thread client = new Thread(() -> run(port));
        client.start();
        clients.add(client);
      }
    }

    private void run(int port) {
      while (!over.get()) {
        try (Client client = new Client(port)) {
          client.send("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx");
          answerers.add(client.answer().body());
          client.rest();
          answered.incrementAndGet();
        } catch (ConnectException e) {
          refused.incrementAndGet();
        } catch (IOException e) {
          lost.incrementAndGet();
        }
      }
    }

    void awaitMore(int requests) {
      int before = answered.get();
      await().atMost(Duration.ofSeconds(60)).until(() -> answered.get() > before + requests);
    }

    @Override
    public void close() throws InterruptedException {
      over.set(true);
      for (Thread client : clients) {
        client.join();
      }
    }

    @Override
    public String toString() {
      return answered + " answered, " + refused + " refused, " + lost + " lost";
    }
  }

  /** Starts one more server, and returns when it serves. */
  private interface Starter {
    ProcessHandle start() throws Exception;
  }

  private static void handOver(Starter starter, Storm storm, ProcessHandle first) throws Exception {
    ProcessHandle old = first;
    for (int i = 0; i < HAND_OVERS; i++) {
      ProcessHandle successor = starter.start();
      storm.awaitMore(50);
      old.destroy();
      old.onExit().get(60, TimeUnit.SECONDS);
      storm.awaitMore(50);
      assertThat(storm.answerers)
          .contains(Long.toString(old.pid()), Long.toString(successor.pid()));
      old = successor;
    }
    storm.close();
    old.destroyForcibly();
    log.info("{} hand-overs: {}", HAND_OVERS, storm);
  }

  @Test
  void losesNothingWithAnInheritedListener() throws Exception {
    assumeThat(hasPython()).describedAs("python3 is not installed").isTrue();
    int port = FreePort.next();
    List<String> command = new ArrayList<>(List.of("python3", "-c", SYSTEMD, "" + port));
    command.addAll(java("inherited", port));
    Process systemd = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var input = systemd.outputWriter()) {
      LinkedBlockingQueue<ProcessHandle> ready = readyOnes(systemd);
      Starter starter =
          () -> {
            input.write("start\n");
            input.flush();
            return ready.poll(60, TimeUnit.SECONDS);
          };
      ProcessHandle first = starter.start();
      try (var storm = new Storm(port)) {
        handOver(starter, storm, first);
        assertThat(storm.refused).describedAs("%s", storm).hasValue(0);
        assertThat(storm.lost).describedAs("%s", storm).hasValue(0);
      }
    } finally {
      systemd.waitFor(10, TimeUnit.SECONDS);
      systemd.destroyForcibly();
    }
  }

  // The kernel gives each connection to one of the listeners when its first packet comes. What is
  // given to the one that closes, and has not been accepted by then, is reset: the handshakes that
  // are half done at that moment (net.ipv4.tcp_migrate_req=1 would move them, Linux 5.14). On JDK
  // 22
  // and later there are none: they were held back, and come again a second later.
  @ParameterizedTest
  @ValueSource(strings = {"nio", "epoll"})
  void refusesNothingAndLosesNextToNothingWithASharedPort(String transport) throws Exception {
    assumeThat(transport.equals("nio") || Epoll.isAvailable()).isTrue();
    int port = FreePort.next();
    List<Process> started = new ArrayList<>();
    Starter starter =
        () -> {
          Process server =
              new ProcessBuilder(java(transport, port)).redirectErrorStream(true).start();
          started.add(server);
          return readyOnes(server).poll(60, TimeUnit.SECONDS);
        };
    ProcessHandle first = starter.start();
    try (var storm = new Storm(port)) {
      handOver(starter, storm, first);
      assertThat(storm.refused).describedAs("%s", storm).hasValue(0);
      assertThat(storm.lost.get())
          .describedAs("%s", storm)
          .isLessThanOrEqualTo(Runtime.version().feature() >= 22 ? 0 : CLIENTS * HAND_OVERS);
    } finally {
      started.forEach(Process::destroyForcibly);
    }
  }

  private static LinkedBlockingQueue<ProcessHandle> readyOnes(Process process) {
    LinkedBlockingQueue<ProcessHandle> ready = new LinkedBlockingQueue<>();
    Thread reader =
        new Thread(() -> {
          try (BufferedReader out =
              new BufferedReader(
                  new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            out.lines()
                .filter(line -> line.startsWith("READY "))
                .map(line -> ProcessHandle.of(Long.parseLong(line.substring(6))).orElseThrow())
                .forEach(ready::add);
          } catch (IOException e) {
            log.debug("output ended", e);
          }
        });
    reader.setDaemon(true);
    reader.start();
    return ready;
  }

  private static boolean hasPython() throws Exception {
    try {
      return new ProcessBuilder("python3", "-c", "pass").start().waitFor() == 0;
    } catch (IOException none) {
      return false;
    }
  }

  private static List<String> java(String how, int port) throws Exception {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx64m",
        "-XX:TieredStopAtLevel=1",
        // With it a successor's clients must not be held back, and none be lost on a shared port.
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        classPath(),
        HandOverProgram.class.getName(),
        how,
        "" + port);
  }

  private static String classPath() throws Exception {
    return Stream.of(
                HandOverProgram.class,
                NettyDrain.class,
                Lifecycle.class,
                Logger.class,
                Class.forName("org.slf4j.simple.SimpleLogger"),
                ByteBuf.class,
                ByteToMessageDecoder.class,
                Class.forName("io.netty.handler.codec.compression.ZlibWrapper"),
                HttpServerCodec.class,
                ReferenceCounted.class,
                SslHandler.class,
                Class.forName("io.netty.resolver.AddressResolver"),
                ServerBootstrap.class,
                Epoll.class,
                Socket.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
            .distinct()
            .collect(Collectors.joining(File.pathSeparator))
        + nativeLibrary();
  }

  // The jar with epoll's native part has no class by which to find it.
  private static String nativeLibrary() {
    var library =
        Epoll.class
            .getClassLoader()
            .getResource("META-INF/native/libnetty_transport_native_epoll_x86_64.so");
    if (library == null) {
      return "";
    }
    String path = library.getPath(); // file:/.../some.jar!/META-INF/...
    return File.pathSeparator + path.substring("file:".length(), path.indexOf('!'));
  }
}
