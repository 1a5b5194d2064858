package dev.zdd.health;

import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptor;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;

/** A health on a real grpc-netty server on loopback, and clients of it. */
abstract class GrpcFixture extends HealthFixture {
  private final List<ManagedChannel> channels = new ArrayList<>();
  Server server;

  @AfterEach
  void disconnect() throws InterruptedException {
    channels.forEach(ManagedChannel::shutdownNow);
    if (server != null) {
      server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  /** Serves what was configured, and says that the process is ready. */
  HealthGrpc.HealthStub serve(Health.Builder configured, ServerInterceptor... interceptors)
      throws IOException {
    start(configured);
    NettyServerBuilder built =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(GrpcHealth.of(health));
    for (ServerInterceptor each : interceptors) {
      built.intercept(each);
    }
    server = built.build().start();
    lifecycle.ready();
    return connect(channel -> channel);
  }

  /** A client on a connection of its own. What comes in is told on the connection's thread. */
  HealthGrpc.HealthStub connect(UnaryOperator<NettyChannelBuilder> settings) {
    ManagedChannel channel =
        settings
            .apply(NettyChannelBuilder.forAddress("127.0.0.1", server.getPort()))
            .usePlaintext()
            .disableRetry()
            .directExecutor()
            .build();
    channels.add(channel);
    return HealthGrpc.newStub(channel);
  }

  static HealthGrpc.HealthStub with(HealthGrpc.HealthStub client, String header, String value) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of(header, Metadata.ASCII_STRING_MARSHALLER), value);
    return client.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  static ServingStatus ask(HealthGrpc.HealthStub client, String service) {
    return HealthGrpc.newBlockingStub(client.getChannel())
        .withDeadlineAfter(20, TimeUnit.SECONDS)
        .check(asking(service))
        .getStatus();
  }

  static Watching watch(HealthGrpc.HealthStub client, String service) {
    Watching watching = new Watching();
    client.watch(asking(service), watching);
    return watching;
  }

  static HealthCheckRequest asking(String service) {
    return HealthCheckRequest.newBuilder().setService(service).build();
  }
}
