package dev.zdd.examples.shop;

/** What the shop can run on. */
public enum ServerKind {
  /** Jetty 12.1, asynchronous servlets. */
  JETTY,
  /** Netty 4.2. */
  NETTY
}
