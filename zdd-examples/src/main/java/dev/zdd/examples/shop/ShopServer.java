package dev.zdd.examples.shop;

import dev.zdd.core.Drainable;
import java.net.BindException;

/** A server with the shop on it, listening. */
interface ShopServer {
  /** The largest request body that is taken; a larger one is answered with 413. */
  int MOST_BODY_BYTES = 1 << 20;

  /** The longest request line and the largest headers; longer ones are answered with 414 or 431. */
  int MOST_HEAD_BYTES = 16 << 10;

  /**
   * How long a connection may be idle, in seconds. Longer than any balancer keeps one (nginx 60 s,
   * HAProxy less): whoever closes an idle connection may do it while a request is on its way, and
   * the client, which knows, closes better than the server.
   */
  int IDLE_SECONDS = 75;

  /** Where it listens. */
  int port();

  /** Its part in the shutdown. */
  Drainable drain();

  /** Whether {@code e}, or what caused it, says that the port is taken. */
  static boolean isPortTaken(Throwable e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return true;
      }
    }
    return false;
  }
}
