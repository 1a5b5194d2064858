package dev.zdd.netty;

import java.time.Duration;

/**
 * One connection as the drain sees it, whatever it speaks. But for {@link #quietSince()} all of it
 * is called on the connection's event loop.
 */
interface Connection {
  /** When something last happened here, as {@link System#nanoTime()} tells it. Any thread. */
  long quietSince();

  /** The process is leaving (T0): tells the peer, if it can be told by other than a response. */
  void announce();

  /** The listener is closed (T1): whoever has no end of his own is told to end. */
  void unbound();

  /**
   * Closes the connection if nothing has happened on it for so long.
   *
   * @return whether it does
   */
  boolean closeIfIdle(Duration idle);

  /** Ends the connection whatever goes on. */
  void cut();

  /** The channel has closed: nothing of it is in flight any more. */
  void ended();
}
