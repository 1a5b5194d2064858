package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.zdd.core.Lifecycle;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What HAProxy is told, and what happens when it does not do as told. */
@Timeout(30)
class HaproxyRuntimeTest {
  private final Lifecycle lifecycle = new Lifecycle();
  private final BlockingQueue<String> commands = new LinkedBlockingQueue<>();
  // What the next commands are answered; null stands for no answer at all.
  private final BlockingQueue<String> replies = new LinkedBlockingQueue<>();
  private ServerSocket haproxy;
  private HaproxyRuntime runtime;

  @BeforeEach
  void start() throws IOException {
    haproxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(this::answer);
    thread.setDaemon(true);
    thread.start();
    runtime = HaproxyRuntime.at(address(), "shop", "shop-1");
  }

  @AfterEach
  void stop() throws IOException {
    runtime.close();
    haproxy.close();
  }

  private InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), haproxy.getLocalPort());
  }

  private void answer() {
    while (!haproxy.isClosed()) {
      try (Socket socket = haproxy.accept()) {
        StringBuilder line = new StringBuilder();
        InputStream in = new BufferedInputStream(socket.getInputStream());
        for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
          line.append((char) c);
        }
        commands.add(line.toString());
        String reply = replies.poll();
        if ("silence".equals(reply)) {
          socket.setSoTimeout(10_000);
          socket.getInputStream().read(); // until the other side gives up
        } else {
          // A bar is a pause.
          for (String part : (reply == null ? "\n" : reply).split("\\|")) {
            socket.getOutputStream().write(part.getBytes(US_ASCII));
            Thread.sleep(reply == null ? 0 : 100);
          }
        }
      } catch (IOException | InterruptedException e) {
        // The next one.
      }
    }
  }

  @Test
  void saysReadyAndThenDrain() throws Exception {
    runtime.follow(lifecycle);
    lifecycle.ready();
    assertThat(commands.poll(10, SECONDS)).isEqualTo("set server shop/shop-1 state ready");
    lifecycle.drain("test");
    assertThat(commands.poll(10, SECONDS)).isEqualTo("set server shop/shop-1 state drain");
    lifecycle.stop("test");
    assertThat(commands.poll(300, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void speaksThroughAUnixSocketOnAThreadThatKeepsNoProcessAlive(@TempDir Path directory)
      throws Exception {
    Path socket = directory.resolve("admin.sock");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        HaproxyRuntime local = HaproxyRuntime.at(socket, "shop", "shop-1")) {
      listener.bind(UnixDomainSocketAddress.of(socket));
      assertThat(local.follow(lifecycle)).isSameAs(local);
      lifecycle.ready();
      try (SocketChannel peer = listener.accept()) {
        ByteBuffer line = ByteBuffer.allocate(100);
        while (line.position() == 0 || line.get(line.position() - 1) != '\n') {
          assertThat(peer.read(line)).isPositive();
        }
        assertThat(US_ASCII.decode(line.flip()).toString())
            .isEqualTo("set server shop/shop-1 state ready\n");
        assertThat(
                Thread.getAllStackTraces().keySet().stream()
                    .filter(thread -> thread.getName().equals("zdd-haproxy-runtime")))
            .isNotEmpty()
            .allMatch(Thread::isDaemon);
      }
    }
  }

  @Test
  void catchesUpWithALifecycleThatIsAlreadyReady() throws Exception {
    lifecycle.ready();
    runtime.follow(lifecycle);
    assertThat(commands.poll(10, SECONDS)).endsWith("state ready");
  }

  @Test
  void triesAgainAfterARefusalUntilItWorks() throws Exception {
    replies.add("No such server.\n\n");
    replies.add("Permission denied\n\n");
    runtime.follow(lifecycle);
    lifecycle.ready();
    long begun = System.nanoTime();
    for (int i = 0; i < 3; i++) {
      assertThat(commands.poll(10, SECONDS)).endsWith("state ready");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(1_500));
    // And then no more.
    assertThat(commands.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void aHaproxyThatDoesNotAnswerHoldsNobodyUpAndTheNewerWordReplacesTheOlder() throws Exception {
    runtime.close();
    runtime = HaproxyRuntime.at(address(), "shop", "shop-1").timeout(Duration.ofSeconds(2));
    replies.add("silence");
    runtime.follow(lifecycle);
    lifecycle.ready();
    assertThat(commands.poll(10, SECONDS)).endsWith("state ready");
    lifecycle.drain("test");
    // It has returned, and HAProxy is still silent to the command before.
    assertThat(commands).isEmpty();
    assertThat(commands.poll(10, SECONDS)).endsWith("state drain");
    assertThat(commands.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
  }

  /** HAProxy says its whole word and closes; what comes first may look like consent. */
  @Test
  void readsTheReplyToItsEnd() throws Exception {
    replies.add("\n|No such server.\n");
    runtime.follow(lifecycle);
    lifecycle.ready();
    assertThat(commands.poll(10, SECONDS)).endsWith("state ready");
    assertThat(commands.poll(10, SECONDS)).endsWith("state ready"); // it was refused, so again
    assertThat(commands.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
  }

  /** More than fits into the sockets' buffers, to a HAProxy that takes its time. */
  @Test
  void sendsTheCommandToItsEnd() throws Exception {
    runtime.close();
    String name = "s".repeat(8 << 20);
    runtime = HaproxyRuntime.at(address(), "shop", name).timeout(Duration.ofSeconds(15));
    runtime.follow(lifecycle);
    lifecycle.ready();
    assertThat(commands.poll(15, SECONDS)).isEqualTo("set server shop/" + name + " state ready");
  }

  @Test
  void aReplyWithoutEndIsARefusalAndNotRead() throws Exception {
    replies.add("x".repeat(1 << 20));
    runtime.follow(lifecycle);
    lifecycle.ready();
    assertThat(commands.poll(10, SECONDS)).endsWith("state ready");
    assertThat(commands.poll(10, SECONDS)).endsWith("state ready");
  }

  @Test
  void isSilentOnceClosed() throws Exception {
    runtime.follow(lifecycle);
    runtime.close();
    lifecycle.ready();
    assertThat(commands.poll(300, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void stopsTryingWhenItIsClosed() throws Exception {
    for (int i = 0; i < 10; i++) {
      replies.add("No such server.\n");
    }
    runtime.follow(lifecycle);
    lifecycle.ready();
    assertThat(commands.poll(10, SECONDS)).isNotNull();
    runtime.close();
    assertThat(commands.poll(1_500, TimeUnit.MILLISECONDS)).isNull();
  }

  @Test
  void refusesNamesThatWouldBeAnotherCommand() {
    for (String bad : new String[] {"a b", "a;b", "a\nb", "", "a/b"}) {
      assertThatThrownBy(() -> HaproxyRuntime.at(Path.of("/run/x"), bad, "s"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("backend: ");
      assertThatThrownBy(() -> HaproxyRuntime.at(Path.of("/run/x"), "b", bad))
          .hasMessageStartingWith("server: ");
    }
    assertThatThrownBy(() -> runtime.timeout(Duration.ZERO))
        .hasMessage("timeout: PT0S (expected: > 0)");
    assertThatThrownBy(() -> runtime.timeout(Duration.ofSeconds(-1)))
        .hasMessage("timeout: PT-1S (expected: > 0)");
  }
}
