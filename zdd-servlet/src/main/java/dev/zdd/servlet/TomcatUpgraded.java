package dev.zdd.servlet;

import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.coyote.Processor;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A connection that no longer speaks HTTP/1.1, and how it is told to end. */
sealed interface TomcatUpgraded {
  /** Tells it to expect nothing more, while all that comes is still served. */
  default void announce() {}

  /** Tells it to end, because it has no end of its own. */
  default void sayGoodbye() {}

  /** Ends it if nothing is open on it for {@code idle}. */
  default void closeIfIdle(Duration idle) {}

  /**
   * An HTTP/2 connection. One that is opened during the announcement is told when the listener is
   * closed: a GOAWAY before its first stream fails what its client has in store for it (HAProxy
   * answers such requests with REFUSED_STREAM), and the next connection comes back here at once.
   */
  final class Http2 implements TomcatUpgraded {
    /**
     * How long a client that has had the first GOAWAY keeps a connection without a stream. Tomcat
     * says the final one together with the end of the connection, so the client cannot be left to
     * close it; within this time it has taken the last response, and knows of the first.
     */
    static final Duration TOLD_AND_QUIET = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(Http2.class);

    private final TomcatEndpoint endpoint;
    private final Http2Protocol protocol;
    private final Processor processor;
    private final SocketWrapperBase<?> connection;

    // When the first GOAWAY had been written; 0 is "not yet".
    private volatile long told;

    Http2(
        TomcatEndpoint endpoint,
        Http2Protocol protocol,
        Processor processor,
        SocketWrapperBase<?> connection) {
      this.endpoint = endpoint;
      this.protocol = protocol;
      this.processor = processor;
      this.connection = connection;
    }

    /**
     * Has Tomcat send GOAWAY(2^31-1). It sends the final one with the last stream's number when a
     * client opens another stream after a round trip and {@link Http2Protocol#getDrainTimeout()},
     * or with the end of the connection.
     */
    @Override
    public void announce() {
      try {
        endpoint.getExecutor().execute(this::pause);
      } catch (RejectedExecutionException e) {
        log.debug("no GOAWAY for {}: the executor is shut down or full", connection, e);
      }
    }

    // Waits for Tomcat to be done with what it does on this connection: one that is still reading
    // the client's preface would not hear us.
    private void pause() {
      ReentrantLock lock = connection.getLock();
      lock.lock();
      try {
        if (!connection.isClosed() && told == 0) {
          processor.pause();
          long now = System.nanoTime();
          told = now == 0 ? 1 : now;
        }
      } finally {
        lock.unlock();
      }
    }

    /**
     * Tomcat sets a connection's time to end when its last stream has ended, and has none while one
     * is open. So a clock that is {@code keepAliveTimeout - quiet} ahead finds exactly those that
     * have been without a stream for {@code quiet}: GOAWAY(last stream), end of stream.
     */
    @Override
    public void closeIfIdle(Duration idle) {
      boolean knows = told != 0 && System.nanoTime() - told >= TOLD_AND_QUIET.toNanos();
      Duration quiet = knows && idle.compareTo(TOLD_AND_QUIET) > 0 ? TOLD_AND_QUIET : idle;
      long ahead = protocol.getKeepAliveTimeout() - quiet.toMillis();
      processor.timeoutAsync(System.currentTimeMillis() + ahead);
    }
  }

  /** A WebSocket: the event with which Tomcat itself stops one sends 1001 and awaits the answer. */
  record WebSocket(TomcatEndpoint endpoint, SocketWrapperBase<NioChannel> connection)
      implements TomcatUpgraded {
    @Override
    public void sayGoodbye() {
      endpoint.processSocket(connection, SocketEvent.STOP, true);
    }
  }
}
