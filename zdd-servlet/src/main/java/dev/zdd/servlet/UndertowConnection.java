package dev.zdd.servlet;

import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import io.undertow.util.AttachmentKey;
import io.undertow.util.ConnectionUtils;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.StreamConnection;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSinkChannel;
import org.xnio.channels.StreamSourceChannel;
import org.xnio.conduits.AbstractStreamSinkConduit;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSinkConduit;
import org.xnio.conduits.StreamSourceConduit;

/**
 * What is going on on one TCP connection of an Undertow server: two conduits, put below everything
 * else, see its bytes and its end; the handler sees its exchanges.
 *
 * <p>Once our side has said its last word while the process is leaving, what still comes is read
 * and dropped: Undertow reads one byte of it and closes, and with more unread that is a reset,
 * which could overtake the last response (RFC 9112 section 9.6).
 */
final class UndertowConnection {
  private static final AttachmentKey<UndertowConnection> KEY =
      AttachmentKey.create(UndertowConnection.class);

  // The connection whose bytes this I/O thread has read last. Undertow hands the first request of a
  // connection to the handler on that thread, in the same event.
  private static final ThreadLocal<@Nullable UndertowConnection> READ_LAST = new ThreadLocal<>();

  private static final long FIN_WAIT = Duration.ofSeconds(1).toNanos();
  private static final int TLS_HANDSHAKE = 22; // the first byte of a record, RFC 8446 section 5.1
  private static final int MORE_HAS_COME = -1;

  private final UndertowDrain drain;
  private final StreamConnection raw;
  private final Sink sink;
  private final AtomicInteger exchanges = new AtomicInteger();

  // Written on the connection's I/O thread, or where Undertow reads and writes instead of it.
  private volatile long lastBytesAt = System.nanoTime();
  private volatile long bytesRead;
  // Bytes read when the last exchange ended: what has come since is the beginning of another.
  private volatile long bytesAtEnd;
  private volatile boolean secureAndUnused;
  // HTTP/2: bytes come without a request too.
  private volatile boolean framed;
  private volatile boolean ended;
  // Our last word is due, behind a WebSocket's close frame, and waits for the client's.
  private volatile boolean awaitsClose;
  private volatile boolean closeHasCome;
  private volatile boolean secure;
  private volatile @Nullable WebSocketFrames frames;

  // What to close instead of the raw connection: the one that says TLS's goodbye.
  private volatile @Nullable StreamConnection http1;

  UndertowConnection(UndertowDrain drain, StreamConnection raw) {
    this.drain = drain;
    this.raw = raw;
    raw.getSourceChannel().setConduit(new Source(raw.getSourceChannel().getConduit()));
    sink = new Sink(raw.getSinkChannel().getConduit());
    raw.getSinkChannel().setConduit(sink);
  }

  /** The connection of an exchange; null if it was accepted by another worker than the drain's. */
  static @Nullable UndertowConnection of(HttpServerExchange exchange) {
    UndertowConnection known = exchange.getConnection().getAttachment(KEY);
    if (known == null && exchange.isInIoThread()) {
      known = READ_LAST.get();
      if (known != null) {
        exchange.getConnection().putAttachment(KEY, known);
        if (!exchange.isHttp11() && !exchange.isHttp10()) {
          known.framed = true;
        } else if (exchange.getConnection() instanceof AbstractServerConnection connection) {
          known.http1 = connection.getChannel();
        }
      }
    }
    return known;
  }

  void begin(HttpServerExchange exchange) {
    exchanges.incrementAndGet();
    secureAndUnused = false;
    exchange.addExchangeCompleteListener((over, next) -> {
      // Before Undertow itself goes on to the next request of this connection.
      bytesAtEnd = hasReadMore(over) ? MORE_HAS_COME : bytesRead;
      exchanges.decrementAndGet();
      next.proceed();
    });
  }

  /** From here on it is a WebSocket: called before the client can know that. */
  void becomesWebSocket() {
    if (!secure) {
      frames = new WebSocketFrames();
    }
  }

  /** Whether something of the next request has been read with this one. */
  static boolean hasReadMore(HttpServerExchange exchange) {
    return exchange.isRequestComplete()
        && exchange.getConnection() instanceof AbstractServerConnection connection
        && connection.getExtraBytes() != null;
  }

  boolean isOpen() {
    return raw.isOpen();
  }

  long quietNanos(long now) {
    return now - lastBytesAt;
  }

  /** The I/O thread on which everything that happens here does. */
  XnioExecutor thread() {
    return raw.getIoThread();
  }

  /** Called on the I/O thread. */
  boolean closeIfIdle() {
    boolean nothingHasBegun = secureAndUnused || framed || bytesRead == bytesAtEnd;
    if (ended || awaitsClose || exchanges.get() > 0 || !nothingHasBegun || !raw.isOpen()) {
      return false;
    }
    StreamConnection polite = http1;
    ConnectionUtils.cleanClose(polite == null ? raw : polite);
    return true;
  }

  /** Whether our side has said its last word, and the client has had a second to say its own. */
  boolean isOver(long now) {
    return (ended || awaitsClose) && quietNanos(now) > FIN_WAIT;
  }

  void cut() {
    IoUtils.safeClose(raw);
  }

  // One reader at a time: the increment need not be atomic.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void read(long count) {
    READ_LAST.set(this);
    if (count > 0) {
      bytesRead += count;
      lastBytesAt = System.nanoTime();
    }
  }

  private void written(long count) {
    if (count > 0) {
      lastBytesAt = System.nanoTime();
    }
  }

  private final class Source extends AbstractStreamSourceConduit<StreamSourceConduit> {
    Source(StreamSourceConduit next) {
      super(next);
    }

    private boolean isDropping() {
      return ended && drain.isLeaving();
    }

    private int drop() throws IOException {
      ByteBuffer sink = ByteBuffer.allocate(1 << 14);
      int count = next.read(sink);
      while (count > 0) {
        lastBytesAt = System.nanoTime();
        count = next.read(sink.clear());
      }
      return count;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
      if (isDropping()) {
        return drop();
      }
      int from = target.position();
      int count = super.read(target);
      if (count > 0 && bytesRead == 0 && target.get(from) == TLS_HANDSHAKE) {
        secure = true;
        secureAndUnused = true;
      }
      UndertowConnection.this.read(count);
      WebSocketFrames followed = frames;
      if (followed != null) {
        ByteBuffer come = target.duplicate().limit(target.position()).position(from);
        closeHasCome = count < 0 || followed.closed(come);
        if (closeHasCome && awaitsClose) {
          sink.end();
        }
      }
      return count;
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
      if (isDropping()) {
        return drop();
      }
      ByteBuffer first = targets[offset];
      if (frames != null && first.hasRemaining()) {
        return read(first);
      }
      int from = first.position();
      long count = super.read(targets, offset, length);
      if (count > 0
          && bytesRead == 0
          && first.position() > from
          && first.get(from) == TLS_HANDSHAKE) {
        secure = true;
        secureAndUnused = true;
      }
      UndertowConnection.this.read(count);
      return count;
    }

    @Override
    public long transferTo(long position, long count, FileChannel target) throws IOException {
      long read = super.transferTo(position, count, target);
      UndertowConnection.this.read(read);
      return read;
    }

    @Override
    public long transferTo(long count, ByteBuffer through, StreamSinkChannel target)
        throws IOException {
      long read = super.transferTo(count, through, target);
      UndertowConnection.this.read(read + through.remaining());
      return read;
    }
  }

  private final class Sink extends AbstractStreamSinkConduit<StreamSinkConduit> {
    Sink(StreamSinkConduit next) {
      super(next);
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
      int count = super.write(source);
      written(count);
      return count;
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
      long count = super.write(sources, offset, length);
      written(count);
      return count;
    }

    @Override
    public int writeFinal(ByteBuffer source) throws IOException {
      int count = super.writeFinal(source);
      written(count);
      return count;
    }

    @Override
    public long writeFinal(ByteBuffer[] sources, int offset, int length) throws IOException {
      long count = super.writeFinal(sources, offset, length);
      written(count);
      return count;
    }

    @Override
    public long transferFrom(FileChannel source, long position, long count) throws IOException {
      long sent = super.transferFrom(source, position, count);
      written(sent);
      return sent;
    }

    @Override
    public long transferFrom(StreamSourceChannel source, long count, ByteBuffer through)
        throws IOException {
      long sent = super.transferFrom(source, count, through);
      written(sent);
      return sent;
    }

    /**
     * Undertow ends our side right behind a WebSocket's close frame. A proxy ends the client's
     * connection for it at once, and what the client sends meanwhile, its answer at the least, is
     * answered by a reset, which can overtake the close frame. So the end waits for the client's
     * close (RFC 6455 section 7.1.1) or end, or for a second of silence.
     */
    @Override
    public void terminateWrites() throws IOException {
      if (frames != null && !closeHasCome && drain.isLeaving()) {
        lastBytesAt = System.nanoTime();
        awaitsClose = true;
        return;
      }
      end();
    }

    void end() throws IOException {
      awaitsClose = false;
      super.terminateWrites();
      lastBytesAt = System.nanoTime();
      ended = true;
    }
  }
}
