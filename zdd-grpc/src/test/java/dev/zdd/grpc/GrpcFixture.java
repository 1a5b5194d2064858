package dev.zdd.grpc;

import dev.zdd.core.Lifecycle;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A real grpc-netty server, with a small service on it. */
final class GrpcFixture implements AutoCloseable {
  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
          return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          try {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  static final MethodDescriptor<String, String> ECHO = method("shop/Echo", MethodType.UNARY);
  static final MethodDescriptor<String, String> HELD = method("shop/Held", MethodType.UNARY);
  static final MethodDescriptor<String, String> FAILS = method("shop/Fails", MethodType.UNARY);
  static final MethodDescriptor<String, String> THREE =
      method("shop/Three", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<String, String> WATCH =
      method("shop/Watch", MethodType.SERVER_STREAMING);
  static final MethodDescriptor<String, String> CHECK =
      method("grpc.health.v1.Health/Check", MethodType.UNARY);

  final Lifecycle lifecycle = new Lifecycle();
  final AtomicInteger calls = new AtomicInteger();
  final CountDownLatch release = new CountDownLatch(1);
  final Server server;
  final GrpcDrain drain;
  volatile ServerCallStreamObserver<String> watcher;

  GrpcFixture() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("shop")
                    .addMethod(ECHO, ServerCalls.asyncUnaryCall(this::echo))
                    .addMethod(HELD, ServerCalls.asyncUnaryCall(this::held))
                    .addMethod(
                        FAILS,
                        (call, headers) -> {
                          throw new IllegalStateException("on purpose");
                        })
                    .addMethod(THREE, ServerCalls.asyncServerStreamingCall(this::three))
                    .addMethod(WATCH, ServerCalls.asyncServerStreamingCall(this::watch))
                    .build())
            .addService(
                ServerServiceDefinition.builder("grpc.health.v1.Health")
                    .addMethod(CHECK, ServerCalls.asyncUnaryCall(this::echo))
                    .build())
            .intercept(InFlightInterceptor.of(lifecycle).withLongLived(WATCH))
            .build()
            .start();
    drain = GrpcDrain.of(server);
  }

  private static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(TEXT, TEXT).setFullMethodName(name).setType(type).build();
  }

  private void echo(String request, StreamObserver<String> response) {
    calls.incrementAndGet();
    response.onNext(request);
    response.onCompleted();
  }

  private void held(String request, StreamObserver<String> response) {
    await();
    echo(request, response);
  }

  private void three(String request, StreamObserver<String> response) {
    response.onNext("1");
    await();
    response.onNext("2");
    response.onNext("3");
    response.onCompleted();
  }

  private void watch(String request, StreamObserver<String> response) {
    response.onNext("watching");
    watcher = (ServerCallStreamObserver<String>) response;
  }

  private void await() {
    try {
      if (!release.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("not released within 30 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  ManagedChannel connect() {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
        .usePlaintext()
        .disableRetry()
        .build();
  }

  static String call(ManagedChannel channel, MethodDescriptor<String, String> method, String text) {
    return ClientCalls.blockingUnaryCall(
        channel, method, CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS), text);
  }

  @Override
  public void close() throws Exception {
    release.countDown();
    drain.close();
  }
}
