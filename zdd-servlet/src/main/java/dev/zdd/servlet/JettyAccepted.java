package dev.zdd.servlet;

import java.nio.channels.SelectableChannel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SelectorManager;

/**
 * Knows the connections that Jetty has accepted and not yet listed among its end points: a selector
 * registers them first, and a pool thread makes the end point. Without them a drain could see "no
 * connection" while one is on its way.
 */
final class JettyAccepted implements SelectorManager.AcceptListener, Connection.Listener {
  private final Set<Object> onTheirWay = ConcurrentHashMap.newKeySet();

  int count() {
    return onTheirWay.size();
  }

  @Override
  public void onAccepting(SelectableChannel channel) {
    onTheirWay.add(channel);
  }

  @Override
  public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
    onTheirWay.remove(channel);
  }

  /**
   * Jetty lists the end point before it opens the connection, so it is always in one of the two.
   */
  @Override
  public void onOpened(Connection connection) {
    Object channel = connection.getEndPoint().getTransport();
    if (channel != null) {
      onTheirWay.remove(channel);
    }
  }

  @Override
  public void onClosed(Connection connection) {}
}
