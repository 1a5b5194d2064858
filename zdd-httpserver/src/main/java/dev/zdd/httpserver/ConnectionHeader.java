package dev.zdd.httpserver;

import com.sun.net.httpserver.Headers;
import dev.zdd.core.Lifecycle;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The values of a response's {@code Connection} header, which become "close" when the process is
 * told to stop. The server reads them when it writes the head of the response, so that a request
 * that began before the signal and is answered after it says "close" too.
 *
 * <p>A list in the genuine headers, and not an exchange wrapped around the server's own: the server
 * casts what reaches an {@code Authenticator} to its own class, and fails on a wrapped one.
 */
final class ConnectionHeader extends AbstractList<@Nullable String> {
  private static final String NAME = "Connection";

  private final Lifecycle lifecycle;
  private final List<@Nullable String> given;
  private volatile boolean saidClose;

  private ConnectionHeader(Lifecycle lifecycle, @Nullable List<String> given) {
    this.lifecycle = lifecycle;
    this.given = given == null ? new ArrayList<>(2) : new ArrayList<>(given);
  }

  @SuppressWarnings("NullAway") // see get
  static ConnectionHeader in(Headers response, Lifecycle lifecycle) {
    ConnectionHeader header = new ConnectionHeader(lifecycle, response.get(NAME));
    response.put(NAME, header);
    return header;
  }

  /** Whether somebody has read "close" here: the server, for its own decision and for the wire. */
  boolean saidClose() {
    return saidClose;
  }

  @Override
  public int size() {
    return lifecycle.isLeaving() ? 1 : given.size();
  }

  @Override
  public @Nullable String get(int index) {
    if (lifecycle.isLeaving()) {
      saidClose = true;
      return "close";
    }
    // JDK 17's Headers.getFirst asks an empty list for its first value, too: null is its "none".
    return index < given.size() ? given.get(index) : null;
  }

  @Override
  public void add(int index, @Nullable String value) {
    given.add(Math.min(index, given.size()), value);
  }

  @Override
  public @Nullable String set(int index, @Nullable String value) {
    return given.set(index, value);
  }

  @Override
  public @Nullable String remove(int index) {
    return given.remove(index);
  }
}
