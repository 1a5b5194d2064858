package dev.zdd.netty;

import io.netty.handler.codec.http.QueryStringDecoder;
import org.jspecify.annotations.Nullable;

/** The two forms of a request line's target that name a resource, cut into path and query. */
final class RequestTarget {
  private RequestTarget() {}

  /**
   * The path as it stood there, without the query: {@code /a%20b} of {@code /a%20b?c}, and of
   * {@code http://host/a%20b?c} (the absolute form, RFC 9112 section 3.2.2, which proxies send).
   */
  static String path(String target) {
    int from = pathStart(target);
    int query = target.indexOf('?', from);
    return from == 0 && query < 0
        ? target
        : target.substring(from, query < 0 ? target.length() : query);
  }

  /** What stands behind the first "?"; null if there is none. */
  static @Nullable String query(String target) {
    int query = target.indexOf('?');
    return query < 0 ? null : target.substring(query + 1);
  }

  /** The path with its %-escapes decoded as UTF-8; null if one of them is none. */
  static @Nullable String decode(String path) {
    if (path.indexOf('%') < 0) {
      return path;
    }
    try {
      // "+" is a space in a form, not in a path.
      return QueryStringDecoder.decodeComponent(path.replace("+", "%2B"));
    } catch (IllegalArgumentException badEscape) {
      return null;
    }
  }

  private static int pathStart(String target) {
    if (target.startsWith("/")) {
      return 0;
    }
    int authority = target.indexOf("://");
    if (authority < 0) {
      return 0; // "*" and "host:443" name no path; they are left as they are
    }
    int slash = target.indexOf('/', authority + 3);
    return slash < 0 ? 0 : slash;
  }
}
