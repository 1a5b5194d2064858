package dev.zdd.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real servers and clients of grpc-netty on loopback. */
@Timeout(120)
class GrpcDrainTest {
  @Test
  void servesNewConnectionsAfterTheSignal() throws Exception {
    try (GrpcFixture grpc = new GrpcFixture()) {
      grpc.lifecycle.drain("test");
      grpc.drain.announce();
      ManagedChannel fresh = grpc.connect();
      assertThat(GrpcFixture.call(fresh, GrpcFixture.ECHO, "x")).isEqualTo("x");
      assertThat(grpc.drain.open()).isEqualTo(1);
      fresh.shutdownNow();
    }
  }

  @Test
  void finishesWhatIsInFlightAndThenNothingIsOpen() throws Exception {
    try (GrpcFixture grpc = new GrpcFixture()) {
      ManagedChannel channel = grpc.connect();
      Replies unary = new Replies();
      Replies streaming = new Replies();
      ClientCalls.asyncUnaryCall(
          channel.newCall(GrpcFixture.HELD, CallOptions.DEFAULT), "x", unary);
      ClientCalls.asyncServerStreamingCall(
          channel.newCall(GrpcFixture.THREE, CallOptions.DEFAULT), "x", streaming);
      await().until(() -> grpc.lifecycle.inFlight().count() == 2);
      await().until(() -> streaming.messages.size() == 1);
      int port = grpc.server.getPort();

      grpc.lifecycle.drain("test");
      grpc.drain.announce();
      grpc.drain.unbind();

      await()
          .untilAsserted(() ->
              assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                  .isInstanceOf(IOException.class));
      assertThat(grpc.drain.open()).isEqualTo(1);
      grpc.release.countDown();
      assertThat(unary.end.get(30, TimeUnit.SECONDS)).isEqualTo(Status.OK);
      assertThat(streaming.end.get(30, TimeUnit.SECONDS)).isEqualTo(Status.OK);
      assertThat(streaming.messages).containsExactly("1", "2", "3");
      await().until(() -> grpc.drain.open() == 0);
      assertThat(grpc.lifecycle.inFlight().tryClose()).isTrue();
      channel.shutdownNow();
    }
  }

  @Test
  void letsIdleConnectionsGoByThemselves() throws Exception {
    try (GrpcFixture grpc = new GrpcFixture()) {
      ManagedChannel idle = grpc.connect();
      GrpcFixture.call(idle, GrpcFixture.ECHO, "x");
      grpc.drain.unbind();
      await().until(() -> grpc.drain.open() == 0);
      idle.shutdownNow();
    }
  }

  @Test
  void cutsWhatIsLeftAtTheEnd() throws Exception {
    try (GrpcFixture grpc = new GrpcFixture()) {
      ManagedChannel channel = grpc.connect();
      Replies replies = new Replies();
      ClientCalls.asyncServerStreamingCall(
          channel.newCall(GrpcFixture.WATCH, CallOptions.DEFAULT), "x", replies);
      await().until(() -> grpc.watcher != null);
      grpc.drain.unbind();
      grpc.drain.close();
      assertThat(replies.end.get(30, TimeUnit.SECONDS).isOk()).isFalse();
      assertThat(grpc.drain.open()).isZero();
      await().until(() -> grpc.lifecycle.inFlight().count() == 0);
      channel.shutdownNow();
    }
  }

  /**
   * One of two servers drains under load. No retry is configured; what grpc does by itself is to
   * send a call elsewhere that the server has not seen ("transparent retry", gRFC A6).
   */
  @ParameterizedTest
  @ValueSource(strings = {"round_robin", "pick_first"})
  void losesNoCallWhileOneOfTwoServersDrainsUnderLoad(String policy) throws Exception {
    int callers = 8;
    ExecutorService threads = Executors.newFixedThreadPool(callers);
    try (GrpcFixture leaving = new GrpcFixture();
        GrpcFixture staying = new GrpcFixture()) {
      Pair pair = new Pair(leaving.server.getPort(), staying.server.getPort());
      NameResolverRegistry.getDefaultRegistry().register(pair);
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(Pair.SCHEME + ":///shop")
              .usePlaintext()
              .disableRetry()
              .defaultLoadBalancingPolicy(policy)
              .build();
      AtomicInteger sent = new AtomicInteger();
      AtomicBoolean stop = new AtomicBoolean();
      Queue<String> failed = new ConcurrentLinkedQueue<>();
      List<Future<?>> loads = new ArrayList<>();
      try {
        for (int i = 0; i < callers; i++) {
          loads.add(threads.submit(() -> load(channel, stop, sent, failed)));
        }
        await()
            .atMost(30, TimeUnit.SECONDS)
            .until(() -> leaving.calls.get() > 500 || !failed.isEmpty());
        assertThat(failed).isEmpty();
        leaving.lifecycle.drain("test");
        leaving.drain.announce();
        int before = leaving.calls.get();
        await()
            .atMost(30, TimeUnit.SECONDS)
            .until(() -> leaving.calls.get() > before + 200); // served as ever
        leaving.drain.unbind();
        await().atMost(30, TimeUnit.SECONDS).until(() -> leaving.drain.open() == 0);
        assertThat(leaving.lifecycle.inFlight().awaitEmpty(java.time.Duration.ofSeconds(30)))
            .isTrue();
        leaving.drain.close();
        int now = staying.calls.get();
        await().atMost(30, TimeUnit.SECONDS).until(() -> staying.calls.get() > now + 1000);
        stop.set(true);
        for (Future<?> load : loads) {
          load.get(30, TimeUnit.SECONDS);
        }
      } finally {
        stop.set(true);
        channel.shutdownNow();
        NameResolverRegistry.getDefaultRegistry().deregister(pair);
      }
      assertThat(failed).isEmpty();
      assertThat(leaving.calls.get() + staying.calls.get()).isEqualTo(sent.get());
      assertThat(sent.get()).isGreaterThan(1700);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void load(
      ManagedChannel channel, AtomicBoolean stop, AtomicInteger sent, Queue<String> failed) {
    while (!stop.get()) {
      String id = Integer.toString(sent.incrementAndGet());
      try {
        String answer = GrpcFixture.call(channel, GrpcFixture.ECHO, id);
        if (!answer.equals(id)) {
          failed.add(id + " was answered " + answer);
          return;
        }
      } catch (RuntimeException e) {
        failed.add(id + ": " + e);
        return;
      }
    }
  }

  /** Resolves any name to two ports of this machine, the first of them first. */
  private static final class Pair extends NameResolverProvider {
    static final String SCHEME = "pair";
    private final List<EquivalentAddressGroup> addresses;

    Pair(int... ports) {
      addresses =
          Stream.of(ports[0], ports[1])
              .map(port ->
                  new EquivalentAddressGroup(
                      new InetSocketAddress(InetAddress.getLoopbackAddress(), port)))
              .toList();
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    public NameResolver newNameResolver(URI target, NameResolver.Args args) {
      return new NameResolver() {
        @Override
        public String getServiceAuthority() {
          return "shop";
        }

        @Override
        public void start(Listener2 listener) {
          resolved(listener);
        }

        private void resolved(Listener2 listener) {
          listener.onResult(
              ResolutionResult.newBuilder()
                  .setAddressesOrError(io.grpc.StatusOr.fromValue(addresses))
                  .setAttributes(Attributes.EMPTY)
                  .build());
        }

        @Override
        public void shutdown() {}
      };
    }
  }
}
