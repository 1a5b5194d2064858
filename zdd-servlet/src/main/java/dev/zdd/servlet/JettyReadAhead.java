package dev.zdd.servlet;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Server;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Jetty has read more on a connection than the request at hand: the next ones, which the
 * client has sent without waiting (pipelining, RFC 9112 section 9.3.2). Jetty's connection says it,
 * in a package that is not exported: on the module path only with {@code --add-exports
 * org.eclipse.jetty.server/org.eclipse.jetty.server.internal=dev.zdd.servlet}. Without it nobody
 * knows, and the answer is no.
 */
final class JettyReadAhead {
  private static final Logger log = LoggerFactory.getLogger(JettyReadAhead.class);

  private static final String TYPE = "org.eclipse.jetty.server.internal.HttpConnection";
  private static final @Nullable Method IS_BUFFER_EMPTY = find();

  private JettyReadAhead() {}

  private static @Nullable Method find() {
    try {
      Class<?> type = Class.forName(TYPE, false, Server.class.getClassLoader());
      if (type.getModule().isExported(type.getPackageName(), JettyReadAhead.class.getModule())) {
        return type.getMethod("isRequestBufferEmpty");
      }
    } catch (ReflectiveOperationException | LinkageError e) {
      log.debug("{} is not as it was in Jetty 12.1", TYPE, e);
    }
    return null;
  }

  /** For a connection whose current request has no content, or none that has not been read. */
  static boolean has(Connection connection) {
    if (IS_BUFFER_EMPTY == null || !IS_BUFFER_EMPTY.getDeclaringClass().isInstance(connection)) {
      return false;
    }
    try {
      return Boolean.FALSE.equals(IS_BUFFER_EMPTY.invoke(connection));
    } catch (IllegalAccessException | InvocationTargetException e) {
      log.debug("{} does not say what it has read", connection, e);
      return false;
    }
  }
}
