package dev.zdd.httpserver;

import com.sun.net.httpserver.HttpServer;
import dev.zdd.core.AcceptQueue;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.reflect.Field;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listening channel inside a server of the JDK, which its API does not show. It can be had if
 * the JVM was told to open the server's package to us: {@code --add-opens
 * jdk.httpserver/sun.net.httpserver=ALL-UNNAMED}, or {@code Add-Opens:
 * jdk.httpserver/sun.net.httpserver} in the manifest of the jar that is started. Without it, or if
 * a later JDK names its fields otherwise, there is none.
 *
 * <p>With it the listener closes alone, with nothing left in its accept queue (decision 3), and the
 * server serves the connections that it has as if nothing had happened.
 */
final class JdkListener {
  private static final Logger log = LoggerFactory.getLogger(JdkListener.class);

  // ServerImpl, the same for HTTP and HTTPS, and what it reads at every turn of its one thread.
  private final Object implementation;
  private final Field channelField;
  private final Field keyField;
  private final Selector selector;
  private final AcceptQueue queue = new AcceptQueue();

  private JdkListener(Object implementation) throws ReflectiveOperationException {
    this.implementation = implementation;
    this.channelField = field(implementation, "schan", ServerSocketChannel.class);
    this.keyField = field(implementation, "listenerKey", SelectionKey.class);
    this.selector =
        (Selector) field(implementation, "selector", Selector.class).get(implementation);
  }

  /** The listener of {@code server}; null if it is closed to us. */
  static @Nullable JdkListener of(HttpServer server) {
    Class<?> type = server.getClass();
    if (!type.getModule().isOpen(type.getPackageName(), JdkListener.class.getModule())) {
      log.info(
          "the listener of {} is closed to zdd: connections that arrive while it closes may be"
              + " reset. The JVM option --add-opens {}/{}={} lets zdd empty its accept queue.",
          type.getSimpleName(),
          type.getModule().getName(),
          type.getPackageName(),
          JdkListener.class.getModule().isNamed() ? "dev.zdd.httpserver" : "ALL-UNNAMED");
      return null;
    }
    try {
      Field inner = type.getDeclaredField("server");
      inner.setAccessible(true);
      return new JdkListener(inner.get(server));
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.info("the listener of {} is not where zdd looks for it", type.getName(), e);
      return null;
    }
  }

  private static Field field(Object owner, String name, Class<?> type)
      throws ReflectiveOperationException {
    Field field = owner.getClass().getDeclaredField(name);
    if (field.getType() != type) {
      throw new NoSuchFieldException(name + " is a " + field.getType() + ", not a " + type);
    }
    field.setAccessible(true);
    return field;
  }

  /** Gets ready for the close. */
  void announce() {
    queue.prepare((ServerSocketChannel) get(channelField));
  }

  /**
   * Closes the listener, and has the server take what was in its accept queue. Waits for the
   * server's thread, which may be in a handler if the server has no executor.
   */
  void closeEmpty() throws IOException {
    ServerSocketChannel listener = (ServerSocketChannel) get(channelField);
    // While it is registered with the selector, close() would only mark it, and the kernel would go
    // on taking connections until the selector has run.
    ((SelectionKey) get(keyField)).cancel();
    selector.wakeup();
    List<SocketChannel> queued;
    try (listener) {
      awaitDeregistered(listener);
      queued = queue.closeEmpty(listener);
    }
    if (!queued.isEmpty()) {
      Replayed.to(this, listener, queued);
    }
  }

  private void awaitDeregistered(ServerSocketChannel listener) throws IOException {
    while (listener.isRegistered()) {
      LockSupport.parkNanos(100_000);
      if (Thread.interrupted()) {
        throw new InterruptedIOException("while the server's thread was busy elsewhere");
      }
    }
  }

  Selector selector() {
    return selector;
  }

  /**
   * What the server's thread accepts from, and the key by which it sees that it can. Whoever
   * changes them hands over to that thread by way of the selector's locks.
   */
  void replace(ServerSocketChannel channel, SelectionKey key) {
    set(channelField, channel);
    set(keyField, key);
  }

  private Object get(Field field) {
    try {
      return field.get(implementation);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }

  private void set(Field field, Object value) {
    try {
      field.set(implementation, value);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
