package dev.zdd.examples.demo;

import java.util.Locale;

/** The kinds of request that the load sends, counted apart: a slow one must not blur the others. */
enum Kind {
  /** Short work, the database or a feature flag. */
  GET,
  /** Short work that must be done exactly once. */
  POST,
  /** Three seconds of work, GET and POST in turn: longer than a balancer needs to notice. */
  SLOW,
  /** A response in chunks over two seconds. */
  STREAM,
  /** A numbered message over a WebSocket that is to come back. */
  WEBSOCKET;

  /**
   * Whether its latency says something about the server: the others last as long as they are asked
   * to.
   */
  boolean isShort() {
    return this == GET || this == POST;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
