package dev.zdd.servlet;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.eclipse.jetty.websocket.core.Frame;
import org.eclipse.jetty.websocket.core.OpCode;
import org.eclipse.jetty.websocket.core.OutgoingEntry;
import org.eclipse.jetty.websocket.core.WebSocketConnection;

/**
 * Closes WebSocket connections with 1001, "going away" (RFC 6455 section 7.4.1), whichever of
 * Jetty's interfaces the application uses: under all of them is the same connection.
 *
 * <p>The only class that needs {@code jetty-websocket-core-common}: loaded when that is there.
 */
final class JettyWebSockets implements Connection.Listener {
  // How long an application that never stops sending may put its close off.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final Set<WebSocketConnection> untold = ConcurrentHashMap.newKeySet();
  private volatile boolean leaving;

  JettyWebSockets(List<ServerConnector> connectors) {
    // Jetty hands a connector's listeners on to the connections that its own are upgraded to.
    connectors.forEach(connector -> connector.addEventListener(this));
  }

  void leave() {
    leaving = true;
    untold.forEach(this::sayGoodbye);
  }

  @Override
  public void onOpened(Connection connection) {
    if (connection instanceof WebSocketConnection opened) {
      untold.add(opened);
      // Add, then look; leave() does it the other way round, so that one of the two sees the other.
      if (leaving) {
        sayGoodbye(opened);
      }
    }
  }

  @Override
  public void onClosed(Connection connection) {
    if (connection instanceof WebSocketConnection closed) {
      untold.remove(closed);
    }
  }

  private void sayGoodbye(WebSocketConnection connection) {
    if (untold.remove(connection)) {
      closeBehindWhatIsQueued(connection, System.nanoTime());
    }
  }

  /**
   * The application's messages wait in a queue that cannot be seen from here, and come to the
   * connection one at a time, each when the one before it has been written. A PONG, which needs no
   * PING and no answer (RFC 6455 section 5.5.3), goes ahead of what is at the connection and in one
   * write with it. If it went out alone, then nothing was waiting.
   */
  private static void closeBehindWhatIsQueued(WebSocketConnection connection, long start) {
    long before = connection.getMessagesOut();
    enqueue(
        connection,
        new Frame(OpCode.PONG),
        Callback.from(
            () -> {
              boolean alone = connection.getMessagesOut() - before == 1;
              if (alone || System.nanoTime() - start > PATIENCE.toNanos()) {
                enqueue(connection, new GoingAway(), Callback.NOOP);
              } else {
                closeBehindWhatIsQueued(connection, start);
              }
            },
            failure -> {})); // it has closed meanwhile
  }

  private static void enqueue(WebSocketConnection connection, Frame frame, Callback callback) {
    connection.enqueueFrame(new OutgoingEntry.Builder(frame, callback).build());
  }

  /**
   * To Jetty every close but 1000 is the end of a session that has failed: the connection throws
   * away the messages that wait, and the session ends without reading on, by a reset if something
   * is unread. So this one passes for ordinary, and is sent past the session, which stays open
   * until the client has answered: the messages on the wire still reach it.
   *
   * <p>Behind a close frame that a server has written Jetty ends its side of the stream at once. To
   * a balancer in between that is the end of both sides: what its client still sends, the answer to
   * the close above all, it answers with a reset, and a reset takes the close frame out of the
   * client's hands if that is not read yet. RFC 6455 section 7.1.1 has the server close the
   * connection when both have said close. So once its header has been written this frame passes for
   * another kind.
   */
  private static final class GoingAway extends Frame implements CloseStatus.Supplier {
    private volatile boolean written;

    GoingAway() {
      super(OpCode.CLOSE, CloseStatus.asPayloadBuffer(CloseStatus.SHUTDOWN, "going away"));
    }

    @Override
    public byte getOpCode() {
      return written ? OpCode.PONG : OpCode.CLOSE;
    }

    /** Asked for when the header has been written. */
    @Override
    public ByteBuffer getPayload() {
      written = true;
      return super.getPayload();
    }

    @Override
    public CloseStatus getCloseStatus() {
      return CloseStatus.NORMAL_STATUS;
    }
  }
}
