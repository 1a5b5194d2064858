package dev.zdd.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class AcceptQueueTest {
  private static final int ROUNDS = 6;
  private static final int CLIENTS = 8;

  // Far more than a storm's clients make while this machine stands still for a moment.
  private static final int BACKLOG = 4000;

  @Test
  void givesWhatWasInTheQueueInItsOrderAndRefusesWhatComesLater() throws Exception {
    ServerSocketChannel listener = listener("127.0.0.1");
    InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
    List<Socket> clients = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      clients.add(new Socket(address.getAddress(), address.getPort()));
    }

    List<SocketChannel> queued = new AcceptQueue().closeEmpty(listener);

    assertThat(queued).hasSize(20);
    for (int i = 0; i < 20; i++) {
      assertThat(queued.get(i).getRemoteAddress())
          .isEqualTo(clients.get(i).getLocalSocketAddress());
      assertThat(queued.get(i).isBlocking()).isTrue();
      queued.get(i).close();
      assertThat(clients.get(i).getInputStream().read()).isEqualTo(-1); // its end, and not a reset
      clients.get(i).close();
    }
    assertThat(listener.isOpen()).isFalse();
    assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()))
        .isInstanceOf(ConnectException.class);
  }

  @Test
  void refusesAListenerThatWouldStayOpenInTheKernel() throws Exception {
    try (ServerSocketChannel blocking = ServerSocketChannel.open();
        ServerSocketChannel registered = listener("127.0.0.1");
        Selector selector = Selector.open()) {
      registered.register(selector, SelectionKey.OP_ACCEPT);

      assertThatThrownBy(() -> new AcceptQueue().closeEmpty(blocking))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is blocking (expected: non-blocking and not registered)");
      assertThatThrownBy(() -> new AcceptQueue().closeEmpty(registered))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is registered with a selector");
      assertThat(registered.isOpen()).isTrue();
    }
  }

  @Test
  void leavesNothingOpenWhenItCannotAccept() throws Exception {
    try (ServerSocketChannel real = listener("127.0.0.1");
        Socket client = connect(real, 1000)) {
      ServerSocketChannel failing = new FailsAtTheSecondAccept(real);
      failing.configureBlocking(false);

      assertThatThrownBy(() -> new AcceptQueue().closeEmpty(failing))
          .isInstanceOf(IOException.class)
          .hasMessage("too many open files");

      assertThat(failing.isOpen()).isFalse();
      client.setSoTimeout(10_000);
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  /** On JDK 17 nothing happens, and the listener takes connections as before. */
  @Test
  @EnabledForJreRange(max = JRE.JAVA_21)
  void cannotHoldConnectionsBackOnAnOldJdk() throws Exception {
    try (ServerSocketChannel listener = listener("127.0.0.1")) {
      AcceptQueue queue = new AcceptQueue();
      queue.prepare(listener);
      awaitThatNobodyPrepares();
      assertThat(queue.canTakeNoMore()).isFalse();
      assertThat(queue.takeNoMore()).isFalse();
      try (Socket client = connect(listener, 1000)) {
        assertThat(client.isConnected()).isTrue();
      }
    }
  }

  @Test
  void leavesAloneWhatIsNotItsOwn() throws Exception {
    for (SocketAddress other :
        new SocketAddress[] {
          new InetSocketAddress("127.0.0.1", 1), UnixDomainSocketAddress.of("/nowhere"), null
        }) {
      AcceptQueue queue = new AcceptQueue();
      queue.prepare(other);
      awaitThatNobodyPrepares();
      assertThat(queue.canTakeNoMore()).isFalse();
      assertThat(queue.takeNoMore()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::", "::1", "127.0.0.2"})
  @EnabledOnOs(OS.LINUX)
  @EnabledForJreRange(min = JRE.JAVA_22)
  void holdsBackWhoConnectsAndKeepsWhoWasThere(String host) throws Exception {
    ServerSocketChannel listener = listener(host);
    Socket before = connect(listener, 1000);

    AcceptQueue queue = ready(listener);
    assertThat(queue.takeNoMore()).isTrue();
    assertThat(queue.takeNoMore()).isTrue();

    assertThatThrownBy(() -> connect(listener, 300)).isInstanceOf(SocketTimeoutException.class);
    List<SocketChannel> queued = queue.closeEmpty(listener);
    assertThat(queued).hasSize(1);
    assertThat(queued.get(0).getRemoteAddress()).isEqualTo(before.getLocalSocketAddress());
    queued.get(0).close();
    before.close();
  }

  /** The client's second attempt finds the listener closed: an answer that loses no request. */
  @Test
  @EnabledOnOs(OS.LINUX)
  @EnabledForJreRange(min = JRE.JAVA_22)
  void refusesWhoWasHeldBack() throws Exception {
    ServerSocketChannel listener = listener("127.0.0.1");
    InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
    AcceptQueue queue = ready(listener);
    queue.takeNoMore();
    try (SocketChannel client = SocketChannel.open()) {
      client.configureBlocking(false);
      assertThat(client.connect(address)).isFalse();
      queue.closeEmpty(listener);
      client.configureBlocking(true);
      assertThatThrownBy(client::finishConnect).isInstanceOf(ConnectException.class);
    }
  }

  /**
   * The interleaving that a filter is for: a connection between the last accept and the close.
   *
   * <p>The queue is never full: then the kernel would drop the last packet of a handshake, and a
   * client that says nothing would never hear that its connection is not there.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  @EnabledForJreRange(min = JRE.JAVA_22)
  void losesNoneInAStormOfConnections() throws Exception {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    AtomicInteger answered = new AtomicInteger();
    Semaphore room = new Semaphore(BACKLOG);
    try {
      for (int round = 0; round < ROUNDS; round++) {
        ServerSocketChannel listener = listener("127.0.0.1");
        InetSocketAddress address = (InetSocketAddress) listener.getLocalAddress();
        AcceptQueue queue = ready(listener);
        List<Future<String>> ends = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          ends.add(clients.submit(() -> connectUntilRefused(address, room, answered)));
        }
        for (int served = 0; served < 200; ) {
          int one = answerOne(listener.accept());
          room.release(one);
          served += one;
        }

        for (SocketChannel queued : queue.closeEmpty(listener)) {
          answerOne(queued);
        }
        room.release(BACKLOG);

        for (Future<String> end : ends) {
          assertThat(end.get(30, TimeUnit.SECONDS)).endsWith("unanswered: 0");
        }
        room.drainPermits();
        room.release(BACKLOG);
      }
      assertThat(answered.get()).isGreaterThan(ROUNDS * 200);
    } finally {
      clients.shutdownNow();
    }
  }

  /** The number of its descriptor is another's by then, whom a filter would silence. */
  @Test
  @EnabledOnOs(OS.LINUX)
  @EnabledForJreRange(min = JRE.JAVA_22)
  void leavesAloneWhoeverGotTheDescriptorOfAListenerThatWasClosed() throws Exception {
    ServerSocketChannel listener = listener("127.0.0.1");
    AcceptQueue queue = ready(listener);
    listener.close();
    List<ServerSocketChannel> others = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      others.add(listener("127.0.0.1"));
    }
    assertThat(queue.takeNoMore()).isFalse();
    for (ServerSocketChannel other : others) {
      connect(other, 1000).close();
      other.close();
    }
  }

  private static AcceptQueue ready(ServerSocketChannel listener) throws IOException {
    AcceptQueue queue = new AcceptQueue();
    queue.prepare(listener);
    await().until(queue::canTakeNoMore);
    return queue;
  }

  private static void awaitThatNobodyPrepares() {
    await()
        .until(() ->
            Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().equals("zdd-accept-queue")));
  }

  private static int answerOne(@Nullable SocketChannel connection) throws IOException {
    if (connection == null) {
      return 0;
    }
    try (connection) {
      connection.socket().getOutputStream().write('!');
    }
    return 1;
  }

  /** Waits for no answer before the next, so that somebody is always about to be established. */
  private static String connectUntilRefused(
      InetSocketAddress address, Semaphore room, AtomicInteger answered)
      throws IOException, InterruptedException {
    List<Socket> established = new ArrayList<>();
    try {
      while (true) {
        room.acquire();
        established.add(new Socket(address.getAddress(), address.getPort()));
        LockSupport.parkNanos(200_000); // the load, not a wait
      }
    } catch (ConnectException e) {
      int unanswered = 0;
      for (Socket client : established) {
        unanswered += isAnswered(client) ? 0 : 1;
      }
      answered.addAndGet(established.size() - unanswered);
      return "refused after all were established, unanswered: " + unanswered;
    }
  }

  private static boolean isAnswered(Socket client) throws IOException {
    try (client) {
      return client.getInputStream().read() == '!';
    } catch (SocketException e) {
      return false; // reset
    }
  }

  /** A listener in a process that has one file descriptor left. */
  private static final class FailsAtTheSecondAccept extends ServerSocketChannel {
    private final ServerSocketChannel real;
    private boolean accepted;

    FailsAtTheSecondAccept(ServerSocketChannel real) {
      super(real.provider());
      this.real = real;
    }

    @Override
    public SocketChannel accept() throws IOException {
      if (accepted) {
        throw new IOException("too many open files");
      }
      accepted = true;
      return real.accept();
    }

    @Override
    protected void implCloseSelectableChannel() throws IOException {
      real.close();
    }

    @Override
    protected void implConfigureBlocking(boolean block) throws IOException {
      real.configureBlocking(block);
    }

    @Override
    public ServerSocketChannel bind(SocketAddress local, int backlog) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
      throw new UnsupportedOperationException();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
      return Set.of();
    }

    @Override
    public ServerSocket socket() {
      return real.socket();
    }

    @Override
    public SocketAddress getLocalAddress() throws IOException {
      return real.getLocalAddress();
    }
  }

  private static ServerSocketChannel listener(String host) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(host, 0), BACKLOG);
    listener.configureBlocking(false);
    return listener;
  }

  private static Socket connect(ServerSocketChannel listener, int timeoutMillis)
      throws IOException {
    InetSocketAddress bound = (InetSocketAddress) listener.getLocalAddress();
    InetAddress to =
        bound.getAddress().isAnyLocalAddress()
            ? InetAddress.getByName("127.0.0.1")
            : bound.getAddress();
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(to, bound.getPort()), timeoutMillis);
    return socket;
  }
}
