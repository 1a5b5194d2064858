package dev.zdd.examples.shop;

/** What the shop can run on. */
public enum ServerKind {
  /** Jetty 12.1, asynchronous servlets. */
  JETTY(true, true),
  /** Tomcat 11, asynchronous servlets. */
  TOMCAT(true, true),
  /** Undertow 2.3, asynchronous servlets; it cannot end HTTP/2 connections politely. */
  UNDERTOW(false, true),
  /** Netty 4.2. */
  NETTY(true, true),
  /** The JDK's own HTTP server. */
  JDK(false, false);

  private final boolean http2;
  private final boolean webSockets;

  ServerKind(boolean http2, boolean webSockets) {
    this.http2 = http2;
    this.webSockets = webSockets;
  }

  /** Whether {@code --http2} makes it speak HTTP/2 in clear text. */
  public boolean speaksHttp2() {
    return http2;
  }

  /** Whether it has {@code /ws}. */
  public boolean hasWebSockets() {
    return webSockets;
  }
}
