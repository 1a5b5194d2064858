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
    String value = request.getHeader(name);
    return value == null && name.equalsIgnoreCase("Host") && isHttp2() ? authority() : value;
  }

  private boolean isHttp2() {
    return request.getProtocol().startsWith("HTTP/2");
  }

  // HTTP/2 has ":authority" in its place, which Jetty and Tomcat show as no header.
  private String authority() {
    String host = request.getServerName();
    int port = request.getServerPort();
    return port == (request.getScheme().equals("https") ? 443 : 80) ? host : host + ":" + port;
  }

  @Override
  public @Nullable String remoteAddress() {
    return request.getRemoteAddr();
  }
}
