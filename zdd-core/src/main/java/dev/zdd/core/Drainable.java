package dev.zdd.core;

import java.time.Duration;

/**
 * What takes work from outside, as the shutdown sees it: a server, or a consumer of a queue. Its
 * methods are called in the order of the timeline, each at most once but for {@link #open()} and
 * {@link #closeIdle}, and never two at a time; the thread differs from call to call, and is never
 * one of the server's own. A call that throws is logged, one that hangs is abandoned at its phase's
 * bound, and the shutdown goes on.
 *
 * <ol>
 *   <li>{@link #announce()} at T0, with SIGTERM: everything is still served.
 *   <li>{@link #unbind()} at T1, when the balancer has had time to notice: nothing new comes in.
 *   <li>{@link #open()} and {@link #closeIdle} while what is in flight settles.
 *   <li>{@link #close()} at T2: whatever is left is cut.
 * </ol>
 */
public interface Drainable {
  /**
   * Tells the peers to go elsewhere, and goes on serving them: an HTTP/1.1 server says {@code
   * Connection: close} on every response from here on, a consumer stops asking for messages. Does
   * not block.
   */
  void announce();

  /**
   * Takes what has already been accepted on its behalf (the kernel's accept queue), then closes the
   * door: later attempts are refused before any of their work is lost. Then tells the sessions that
   * have no end of their own to end (a WebSocket is closed with 1001): not earlier, for their peers
   * come back at once, and would come back here.
   *
   * @throws Exception if the door could not be closed; it is logged, and the drain goes on
   */
  void unbind() throws Exception;

  /** How many connections (or sessions, or leases) are still open. Never blocks. */
  int open();

  /**
   * Closes connections on which nothing has happened for {@code idle} or longer, longest idle
   * first, each by an orderly end of stream. Closing an idle connection is the one step that can
   * lose a request that is on the wire at that moment, so the shutdown counts what this returns.
   *
   * @return how many were closed
   */
  int closeIdle(Duration idle);

  /**
   * Ends it: whatever is still open is cut.
   *
   * @throws Exception if it did not end cleanly; it is logged and reported
   */
  void close() throws Exception;
}
