package dev.zdd.servlet;

import dev.zdd.core.Drainable;

/**
 * A real server with a {@link ContractApplication} and zdd in it: what {@link DrainContract} needs
 * to know of each.
 */
interface ServerUnderTest extends AutoCloseable {
  int port();

  Drainable drain();

  /**
   * Keeps the server from accepting, as a busy one would: after the return a connection stays in
   * the kernel's accept queue until {@link Drainable#unbind()}.
   */
  void holdAccepting() throws Exception;

  /** What an application does that ends its server without asking zdd. */
  void stopByApplication() throws Exception;

  /** Whether it speaks HTTP/2 without TLS on its port. */
  default boolean speaksHttp2() {
    return false;
  }

  /** Whether there is a WebSocket at /socket that sends back what it gets. */
  default boolean hasWebSocket() {
    return false;
  }

  /** Stops the server, whatever state it is in. */
  @Override
  void close() throws Exception;
}
