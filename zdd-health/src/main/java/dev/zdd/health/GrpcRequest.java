package dev.zdd.health;

import dev.zdd.core.http.EndpointRequest;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** A gRPC call as the HTTP request that it is. */
record GrpcRequest(String path, Metadata headers, @Nullable SocketAddress from)
    implements EndpointRequest {
  static GrpcRequest of(ServerCall<?, ?> call, Metadata headers) {
    String path = "/" + call.getMethodDescriptor().getFullMethodName();
    return new GrpcRequest(
        path, headers, call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR));
  }

  @Override
  public String method() {
    return "POST";
  }

  @Override
  public @Nullable String query() {
    return null;
  }

  @Override
  public @Nullable String header(String name) {
    try {
      return headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    } catch (IllegalArgumentException e) {
      return null; // A name that metadata cannot have as text.
    }
  }

  @Override
  public @Nullable String remoteAddress() {
    return from instanceof InetSocketAddress address && address.getAddress() != null
        ? address.getAddress().getHostAddress()
        : null;
  }
}
