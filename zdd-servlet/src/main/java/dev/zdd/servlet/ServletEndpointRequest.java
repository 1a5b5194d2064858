package dev.zdd.servlet;

import dev.zdd.core.http.EndpointRequest;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/** A servlet request as an endpoint sees it: nothing is read that nobody asks for. */
record ServletEndpointRequest(HttpServletRequest request) implements EndpointRequest {
  @Override
  public String method() {
    return request.getMethod();
  }

  @Override
  public String path() {
    String below = request.getPathInfo();
    return below == null ? request.getServletPath() : request.getServletPath() + below;
  }

  @Override
  public @Nullable String query() {
    return request.getQueryString();
  }

  @Override
  public @Nullable String header(String name) {
    return request.getHeader(name);
  }

  @Override
  public @Nullable String remoteAddress() {
    return request.getRemoteAddr();
  }
}
