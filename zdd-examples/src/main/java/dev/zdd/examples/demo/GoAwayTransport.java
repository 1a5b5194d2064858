package dev.zdd.examples.demo;

import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.SendFailure;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;

/**
 * Jetty's HTTP/2 transport, without what it does wrong at a GOAWAY (12.1.14).
 *
 * <p>It takes the connection out of its pool, which is right, and counts that as the end of one of
 * the requests that are open on it: when all but one have been answered the pool takes the
 * connection for unused and closes it, and the last request is reset by its own client. Here the
 * pool closes no connection that has been sent a GOAWAY; its server does, when it has answered.
 *
 * <p>And a thread that has taken a connection from the pool when another reads the GOAWAY fails its
 * request ("session closed"), of which nothing has been sent. Here it is sent on another
 * connection.
 */
final class GoAwayTransport extends HttpClientTransportOverHTTP2 {
  GoAwayTransport(HTTP2Client client) {
    super(client);
    setConnectionPoolFactory(Pool::new);
  }

  private static final class Pool extends MultiplexConnectionPool {
    Pool(Destination destination) {
      super(destination, destination.getHttpClient().getMaxConnectionsPerDestination(), 1);
    }

    @Override
    protected boolean deactivate(Connection connection) {
      boolean keep = super.deactivate(connection);
      return keep || (connection instanceof Leavable leavable && leavable.left);
    }
  }

  @Override
  protected Connection newConnection(
      Destination destination, Session session, HTTP2Connection connection) {
    Leavable leavable = new Leavable(destination, session, connection);
    ((HTTP2Session) session).addEventListener(leavable);
    return leavable;
  }

  private static final class Leavable extends HttpConnectionOverHTTP2
      implements HTTP2Session.FrameListener {
    // Read-locked while a request opens its stream. A GOAWAY waits for those that have begun to,
    // so that each either has its stream before Jetty closes the session to new ones, or sees left.
    private final ReadWriteLock opening = new ReentrantReadWriteLock();
    private volatile boolean left;

    Leavable(Destination destination, Session session, HTTP2Connection connection) {
      super(destination, session, connection);
    }

    // On the thread that reads, before Jetty acts on the frame.
    @Override
    public void onIncomingFrame(Session session, Frame frame) {
      if (frame instanceof GoAwayFrame) {
        opening.writeLock().lock();
        try {
          left = true;
        } finally {
          opening.writeLock().unlock();
        }
      }
    }

    @Override
    public SendFailure send(HttpExchange exchange) {
      opening.readLock().lock();
      try {
        if (!left) {
          return super.send(exchange);
        }
      } finally {
        opening.readLock().unlock();
      }
      // The pool may not know yet, and would give out this connection once more.
      getHttpDestination().remove(this);
      return new SendFailure(new ClosedChannelException(), true);
    }
  }
}
