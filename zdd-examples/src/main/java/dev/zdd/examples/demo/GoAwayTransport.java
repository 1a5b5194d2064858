package dev.zdd.examples.demo;

import java.net.SocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.MultiplexConnectionPool;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.client.HTTP2Client;
import org.eclipse.jetty.http2.client.transport.HttpClientTransportOverHTTP2;
import org.eclipse.jetty.http2.client.transport.internal.HttpConnectionOverHTTP2;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.HeadersFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.http2.frames.ResetFrame;
import org.eclipse.jetty.http2.frames.SettingsFrame;
import org.eclipse.jetty.io.Transport;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Jetty's HTTP/2 transport, without what it does wrong at a GOAWAY (12.1.14). It takes the
 * connection out of its pool, which is right, and counts that as the end of one of the requests
 * that are open on it: when all but one have been answered the pool takes the connection for unused
 * and closes it, and the last request is reset by its own client. Here the pool closes no
 * connection that has been sent a GOAWAY; its server does, when it has answered.
 */
final class GoAwayTransport extends HttpClientTransportOverHTTP2 {
  private final Map<Session, Leavable> connections = new ConcurrentHashMap<>();

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
  protected void connect(
      Transport transport,
      SslContextFactory.Client ssl,
      SocketAddress address,
      Session.Listener listener,
      Promise<Session> promise,
      Map<String, Object> context) {
    super.connect(transport, ssl, address, new Heard(listener), promise, context);
  }

  @Override
  protected Connection newConnection(
      Destination destination, Session session, HTTP2Connection connection) {
    Leavable leavable = new Leavable(destination, session, connection);
    connections.put(session, leavable);
    return leavable;
  }

  private static final class Leavable extends HttpConnectionOverHTTP2 {
    private volatile boolean left;

    Leavable(Destination destination, Session session, HTTP2Connection connection) {
      super(destination, session, connection);
    }
  }

  private final class Heard implements Session.Listener {
    private final Session.Listener transport;

    Heard(Session.Listener transport) {
      this.transport = transport;
    }

    @Override
    public void onGoAway(Session session, GoAwayFrame frame) {
      Leavable connection = connections.get(session);
      if (connection != null) {
        connection.left = true;
      }
      transport.onGoAway(session, frame);
    }

    @Override
    public void onClose(Session session, GoAwayFrame frame, Callback callback) {
      connections.remove(session);
      transport.onClose(session, frame, callback);
    }

    @Override
    public void onFailure(Session session, Throwable failure, Callback callback) {
      connections.remove(session);
      transport.onFailure(session, failure, callback);
    }

    @Override
    public Map<Integer, Integer> onPreface(Session session) {
      return transport.onPreface(session);
    }

    @Override
    public Stream.Listener onNewStream(Stream stream, HeadersFrame frame) {
      return transport.onNewStream(stream, frame);
    }

    @Override
    public void onSettings(Session session, SettingsFrame frame) {
      transport.onSettings(session, frame);
    }

    @Override
    public void onPing(Session session, PingFrame frame) {
      transport.onPing(session, frame);
    }

    @Override
    public void onReset(Session session, ResetFrame frame) {
      transport.onReset(session, frame);
    }

    @Override
    public boolean onIdleTimeout(Session session) {
      return transport.onIdleTimeout(session);
    }
  }
}
