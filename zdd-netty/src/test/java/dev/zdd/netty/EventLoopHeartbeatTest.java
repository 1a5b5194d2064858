package dev.zdd.netty;

import static java.time.Duration.ofMillis;
import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.zdd.testing.CapturedLog;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventLoopHeartbeatTest {
  private static final Duration LIMIT = ofMillis(300);

  private final CountDownLatch release = new CountDownLatch(1);
  private final List<EventLoopGroup> groups = new ArrayList<>();
  private final AtomicInteger threads = new AtomicInteger();

  @AfterEach
  void stop() {
    release.countDown();
    groups.forEach(group -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS));
    groups.forEach(group -> group.terminationFuture().awaitUninterruptibly());
  }

  /** A group that counts its threads. */
  private EventLoopGroup group(int loops, IoHandlerFactory io) {
    ThreadFactory counting = body -> new Thread(body, "loop-" + threads.incrementAndGet());
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(loops, counting, io);
    groups.add(group);
    return group;
  }

  private EventLoopGroup group(int loops) {
    return group(loops, NioIoHandler.newFactory());
  }

  /** Returns when the loop has begun to wait. */
  private void block(EventLoop loop) throws InterruptedException {
    CountDownLatch blocked = new CountDownLatch(1);
    loop.execute(() -> waitForRelease(blocked));
    blocked.await();
  }

  private void waitForRelease(CountDownLatch begun) {
    begun.countDown();
    try {
      release.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What a handler must not do. */
  private final class Blocking extends ChannelInboundHandlerAdapter {
    private final CountDownLatch blocked;

    Blocking(CountDownLatch blocked) {
      this.blocked = blocked;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (msg instanceof HttpRequest request && request.uri().equals("/block")) {
        waitForRelease(blocked);
      }
      ctx.fireChannelRead(msg);
    }
  }

  @Test
  void namesTheLoopThatAHandlerBlocksAndLogsItsStackOnce() throws Exception {
    CountDownLatch blocked = new CountDownLatch(1);
    try (TestServer server =
            new TestServer(List::of, List::of, () -> List.of(new Blocking(blocked)));
        Client first = server.client();
        Client second = server.client();
        CapturedLog log = new CapturedLog()) {
      // One connection on each of the two loops.
      assertThat(first.get("/a").answer().status()).isEqualTo(200);
      assertThat(second.get("/b").answer().status()).isEqualTo(200);
      first.get("/block");
      blocked.await();
      // The loop is blocked before it could run a single tick.
      EventLoopHeartbeat loops = EventLoopHeartbeat.of(server.workers, LIMIT);
      assertThat(loops.get()).as("its tick is new").isEmpty();
      await().until(() -> loops.get().isPresent());
      assertThat(loops.get().orElseThrow())
          .matches(
              "1 of 2 event loops has run nothing for [0-9.]+ s: multiThreadIoEventLoopGroup-[0-9]+-[0-9]+");
      assertThat(second.get("/c").answer().status()).as("the other loop").isEqualTo(200);
      assertThat(log.count("an executor has run nothing for")).isEqualTo(1);
      assertThat(log.count("EventLoopHeartbeatTest$Blocking.channelRead")).isEqualTo(1);

      release.countDown();
      assertThat(first.answer().status()).isEqualTo(200);
      assertThat(loops.get()).as("the loop runs again").isEmpty();
    } finally {
      release.countDown();
    }
  }

  // It is busy until nobody looks any more: a look that waited for an idle loop would not end.
  @Test
  void aLoopThatIsBusyAllTheTimeIsFine() throws Exception {
    EventLoop loop = group(1).next();
    AtomicBoolean over = new AtomicBoolean();
    AtomicInteger rounds = new AtomicInteger();
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            long end = System.nanoTime() + ofMillis(20).toNanos();
            while (System.nanoTime() - end < 0) {
              Thread.onSpinWait();
            }
            rounds.incrementAndGet();
            if (!over.get()) {
              loop.execute(this); // it is never idle
            }
          }
        });
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(loop, LIMIT);
    try {
      while (rounds.get() < 60) { // four times the limit
        assertThat(loops.get()).isEmpty();
      }
    } finally {
      over.set(true);
    }
  }

  @Test
  void startsNoLoopThatNobodyHasUsed() throws Exception {
    EventLoopGroup group = group(8);
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(group, LIMIT);
    assertThat(loops.get()).isEmpty();
    assertThat(threads).hasValue(0);

    block(group.next());
    assertThat(loops.get()).isEmpty();
    await()
        .untilAsserted(() ->
            assertThat(loops.get().orElse(""))
                .matches("1 of 8 event loops has run nothing for [0-9.]+ s: loop-1"));
    assertThat(threads).hasValue(1);
  }

  @Test
  void wakesNoLoopThatNettyHasSuspended() throws Exception {
    EventLoop loop = group(1).next();
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(loop, LIMIT);
    loop.submit(() -> {}).sync();
    assertThat(loop.trySuspend()).isTrue();
    await().until(() -> loop.inEventLoop(null));
    assertThat(loops.get()).isEmpty();
    assertThat(loop.isSuspended()).isTrue();
    assertThat(threads).hasValue(1);
  }

  @Test
  void watchesALoopThatNettyMeansToSuspendUntilItIs() throws Exception {
    EventLoop loop = group(1).next();
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(loop, LIMIT);
    block(loop);
    assertThat(loop.trySuspend()).isTrue();
    assertThat(loops.get()).isEmpty();
    await().until(() -> loops.get().isPresent());
  }

  @Test
  void namesFourOfManyAndWaitsForAllTogether() throws Exception {
    EventLoopGroup group = group(6);
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(group, LIMIT);
    for (int i = 0; i < 6; i++) {
      block(group.next());
    }
    assertThat(loops.get()).isEmpty();
    await().until(() -> loops.get().isPresent());
    long began = System.nanoTime();
    assertThat(loops.get().orElseThrow())
        .matches(
            "6 of 6 event loops have run nothing for [0-9.]+ s:"
                + " loop-1, loop-2, loop-3, loop-4 and 2 more");
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(ofSeconds(2));
  }

  @Test
  void aLoopForWhichThereIsNoThreadHasStalled() throws Exception {
    // Netty's trap: an executor with fewer threads than the group has loops.
    ExecutorService one = Executors.newFixedThreadPool(1);
    try {
      EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, one, NioIoHandler.newFactory());
      groups.add(group);
      group.next().submit(() -> {}).sync();
      EventLoop second = group.next();
      second.execute(() -> {});
      EventLoopHeartbeat loops = EventLoopHeartbeat.of(group, LIMIT);
      assertThat(loops.get()).isEmpty();
      await().until(() -> loops.get().isPresent());
      assertThat(loops.get().orElseThrow())
          .matches("1 of 2 event loops has run nothing for [0-9.]+ s: no known thread");
    } finally {
      // The first loop gives its thread back, and the second can end.
      groups.forEach(group -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS));
      groups.forEach(group -> group.terminationFuture().awaitUninterruptibly());
      one.shutdownNow();
    }
  }

  @Test
  void findsNothingFromTheMomentThatTheGroupIsShutDown() throws Exception {
    EventLoopGroup group = group(2);
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(group, LIMIT);
    block(group.next());
    assertThat(loops.get()).isEmpty();
    await().until(() -> loops.get().isPresent());

    group.shutdownGracefully(0, 30, TimeUnit.SECONDS);
    assertThat(loops.get()).as("what it has begun is still being finished").isEmpty();
    assertThat(group.isTerminated()).isFalse();
    release.countDown();
    group.terminationFuture().sync();
    assertThat(loops.get()).isEmpty();
  }

  @Test
  void findsNothingInAServerThatIsDrained() throws Exception {
    TestServer server = new TestServer();
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(server.workers, LIMIT);
    try (Client client = server.client()) {
      assertThat(client.get("/a").answer().status()).isEqualTo(200);
      assertThat(loops.get()).isEmpty();
      server.lifecycle.drain("test");
      server.drain.announce();
      assertThat(loops.get()).isEmpty();
    } finally {
      server.close();
    }
    assertThat(loops.get()).isEmpty();
  }

  @Test
  void aLoopThatEndedByAnExceptionIsDead() throws Exception {
    CountDownLatch die = new CountDownLatch(1);
    EventLoopGroup group = group(1, loop -> new Dying(die));
    EventLoopHeartbeat loops = EventLoopHeartbeat.of(group, LIMIT);
    group.next().execute(() -> {});
    assertThat(loops.get()).isEmpty();
    die.countDown();
    group.terminationFuture().await();
    assertThat(loops.get()).hasValue("1 of 1 event loops has died");
    groups.clear();
  }

  /** A transport that breaks when it is told to. */
  private record Dying(CountDownLatch die) implements IoHandler {
    @Override
    public int run(IoHandlerContext context) {
      if (die.getCount() == 0) {
        throw new IllegalStateException("the selector is gone");
      }
      Thread.onSpinWait();
      return 0;
    }

    @Override
    public void destroy() {}

    @Override
    public IoRegistration register(IoHandle handle) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void wakeup() {}

    @Override
    public boolean isCompatible(Class<? extends IoHandle> type) {
      return false;
    }
  }

  @Test
  void refusesALimitThatIsNone() {
    assertThatThrownBy(() -> EventLoopHeartbeat.of(group(1), Duration.ZERO))
        .hasMessage("limit: PT0S (expected: more than 0)");
  }
}
