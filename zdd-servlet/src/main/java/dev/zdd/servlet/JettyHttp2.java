package dev.zdd.servlet;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.SessionContainer;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.server.AbstractHTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;

/**
 * Says goodbye on HTTP/2 connections as RFC 9113 section 6.8 has it: GOAWAY(2^31-1) and a PING, and
 * when the PING has come back and no stream has been opened for {@link #GRACE} GOAWAY(last stream).
 * What the client sent before all of it knew of the first one is below the last stream's number and
 * is served; what it sends above is not begun.
 *
 * <p>Jetty's own {@code shutdown()} does not wait for a round trip: on a connection without streams
 * the second GOAWAY follows the first at once, and the request that is on the wire is dropped. So
 * the first goes out past Jetty's state machine, and only the last is given to it.
 *
 * <p>A connection that has had no stream yet is told after its first, or when the listener is
 * closed: a GOAWAY before that fails what its client has in store for it (HAProxy answers such
 * requests with REFUSED_STREAM), and the next connection comes back here at once.
 *
 * <p>The only class that needs {@code jetty-http2-server}: loaded when that is there.
 */
final class JettyHttp2 implements HTTP2Session.LifeCycleListener, HTTP2Session.FrameListener {
  // How long the PING and the grace may take together. They order the goodbye and are no condition
  // of it: a stream that is above the last one because its client is slower than this was not
  // begun, and its client knows (RFC 9113 section 8.7) and may send it elsewhere. Longer would only
  // keep a peer that does not answer PINGs from being told within a short announcement.
  static final Duration ACK_WAIT = Duration.ofSeconds(1);

  // How long no stream must have been opened. The answer to the PING says that the client has read
  // the GOAWAY, not that all of it knows: it may write the answer ahead of streams that it has
  // opened (Jetty's client does), and one of its threads may have picked this connection and not
  // written to it yet. The RFC asks for "at least one round-trip time".
  static final Duration GRACE = Duration.ofMillis(250);

  private static final long PING = 0x7a64642d61776179L; // "zdd-away"

  // Streams above the highest one that are served all the same: they are on their way already.
  private static final int MARGIN = 128;

  private final Map<Session, Goodbye> open = new ConcurrentHashMap<>();
  private final List<ServerConnector> connectors;
  private volatile boolean leaving;
  private volatile boolean unbound;

  JettyHttp2(List<ServerConnector> connectors) {
    this.connectors = List.copyOf(connectors);
    for (ServerConnector connector : connectors) {
      connector.getConnectionFactories().stream()
          .filter(AbstractHTTP2ServerConnectionFactory.class::isInstance)
          // Jetty hands the listeners of a factory on to each session that it makes.
          .forEach(
              factory -> ((AbstractHTTP2ServerConnectionFactory) factory).addEventListener(this));
    }
    findOpen();
  }

  /** Sessions that are older than this object. */
  private void findOpen() {
    for (ServerConnector connector : connectors) {
      for (SessionContainer container : connector.getContainedBeans(SessionContainer.class)) {
        for (Session session : container.getSessions()) {
          if (!open.containsKey(session) && session instanceof HTTP2Session known) {
            known.addEventListener(this);
            open.putIfAbsent(known, new Goodbye(known, true));
            if (known.isDisconnected()) {
              open.remove(known); // it may have closed before we listened
            }
          }
        }
      }
    }
  }

  void announce() {
    leaving = true;
    findOpen();
    open.values().forEach(Goodbye::beginIfUsed);
  }

  void unbind() {
    unbound = true;
    findOpen();
    open.values().forEach(Goodbye::begin);
  }

  boolean speaks(Connection connection) {
    return connection instanceof HTTP2Connection;
  }

  /**
   * Whether the last GOAWAY has gone out and no stream has been open for {@code idle}: nothing can
   * be lost by closing it. Jetty's own measure of idleness would let a client that ignores the
   * GOAWAY keep its connection for ever.
   */
  boolean isOver(Connection connection, Duration idle) {
    Goodbye goodbye = open.get(((HTTP2Connection) connection).getSession());
    return goodbye != null && goodbye.isOver(idle);
  }

  @Override
  public void onOpen(Session session) {
    open.put(session, new Goodbye((HTTP2Session) session, false));
  }

  @Override
  public void onClose(Session session) {
    open.remove(session);
  }

  // On the thread that reads the connection, before Jetty acts on the frame.
  @Override
  public void onIncomingFrame(Session session, Frame frame) {
    Goodbye goodbye = open.get(session);
    if (goodbye != null) {
      goodbye.read(frame);
    }
  }

  private enum Said {
    NOTHING,
    SOON,
    LAST
  }

  /** The goodbye of one connection. */
  private final class Goodbye {
    private final HTTP2Session session;
    private final AtomicReference<Said> said = new AtomicReference<>(Said.NOTHING);

    // Whether the client has sent a frame, so that our SETTINGS are out: they must be first.
    private volatile boolean greeted;

    // Whether it has had a stream.
    private volatile boolean used;

    // The highest stream that has begun to be read, and once the last one is decided, which is on
    // another thread than the one that reads, the complement of it. One word, so that a stream
    // either was there when it was decided, or is read by one who knows.
    private final AtomicInteger highest = new AtomicInteger();

    // Whether the PING has come back. Only the thread that reads knows it.
    private boolean answered;

    // Whether the thread that reads says the last GOAWAY too; set before it does.
    private volatile boolean readerSays;

    private volatile boolean lastIsOut;

    // When the drain first saw it without streams after the last GOAWAY; 0 is "not yet". Only the
    // drain reads and writes it.
    private long quietSince;

    Goodbye(HTTP2Session session, boolean greeted) {
      this.session = session;
      this.greeted = greeted;
      this.used = greeted;
    }

    void read(Frame frame) {
      if (frame instanceof HeadersFrame headers) {
        int known = highest.accumulateAndGet(headers.getStreamId(), Goodbye::higher);
        if (known < 0 && headers.getStreamId() > last(known)) {
          // Whoever decided may not have come to say so, and Jetty would begin this one.
          readerSays = true;
          goAway(known);
        }
      } else if (frame instanceof PingFrame ping
          && ping.isReply()
          && ping.getPayloadAsLong() == PING
          && !answered) {
        answered = true;
        awaitGrace();
      }
      // Then look: announce() and unbind() do it the other way round, so one sees the other.
      greeted = true;
      used |= frame instanceof HeadersFrame;
      if (unbound || (leaving && used)) {
        begin();
      }
    }

    void beginIfUsed() {
      if (used) {
        begin();
      }
    }

    void begin() {
      if (greeted && said.compareAndSet(Said.NOTHING, Said.SOON)) {
        session.frames(
            null,
            List.of(new GoAwayFrame(Integer.MAX_VALUE, ErrorCode.NO_ERROR.code, null)),
            // Jetty sends a PING ahead of whatever is queued, so it is queued only now.
            Callback.from(() -> session.ping(new PingFrame(PING, false), Callback.NOOP)));
        after(ACK_WAIT, this::sayLast);
      }
    }

    private void awaitGrace() {
      int before = highest.get();
      after(
          GRACE,
          () -> {
            if (highest.get() == before) {
              sayLast();
            } else if (said.get() == Said.SOON) {
              awaitGrace();
            }
          });
    }

    private void after(Duration delay, Runnable task) {
      connectors.get(0).getScheduler().schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private static int higher(int known, int stream) {
      return known < 0 ? known : Math.max(known, stream);
    }

    /** Names the last stream. */
    private void sayLast() {
      if (!said.compareAndSet(Said.SOON, Said.LAST)) {
        return;
      }
      // Streams that were open before this object knew the session.
      int open =
          session.getStreams().stream()
              .mapToInt(Stream::getId)
              .filter(id -> (id & 1) == 1)
              .max()
              .orElse(0);
      highest.accumulateAndGet(open, Goodbye::higher);
      int decided = highest.updateAndGet(known -> ~known);
      // From here on Jetty would take a quiet connection for a dead one after its idle timeout,
      // whatever its streams are doing; theirs remain.
      session.getEndPoint().setIdleTimeout(-1);
      goAway(decided);
    }

    /** The last stream, of what {@link #highest} is once that is decided. */
    private static int last(int decided) {
      return Math.min(~decided + 2 * MARGIN, Integer.MAX_VALUE - 2);
    }

    /**
     * Has Jetty begin no stream above the last. Where two threads come here, the frame goes out
     * once, and to the other Jetty reports at once that it is out.
     */
    private void goAway(int decided) {
      Callback.Completable out = new Callback.Completable();
      GoAwayFrame frame = new GoAwayFrame(last(decided), ErrorCode.NO_ERROR.code, null);
      if (session.goAway(frame, out) || !readerSays) {
        var unused = out.whenComplete((done, failed) -> lastIsOut = true);
      }
    }

    boolean isOver(Duration idle) {
      if (!lastIsOut || session.getStreamCount() > 0) {
        quietSince = 0;
        return false;
      }
      long now = System.nanoTime();
      if (quietSince == 0) {
        quietSince = now == 0 ? 1 : now;
      }
      return now - quietSince >= idle.toNanos();
    }
  }
}
