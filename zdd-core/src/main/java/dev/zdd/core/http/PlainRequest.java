package dev.zdd.core.http;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

record PlainRequest(String method, String path, @Nullable String query) implements EndpointRequest {
  PlainRequest {
    requireNonNull(method, "method");
    requireNonNull(path, "path");
  }

  @Override
  public @Nullable String header(String name) {
    return null;
  }

  @Override
  public @Nullable String remoteAddress() {
    return null;
  }
}
