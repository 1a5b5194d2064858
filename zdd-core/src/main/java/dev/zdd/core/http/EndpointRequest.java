package dev.zdd.core.http;

import org.jspecify.annotations.Nullable;

/**
 * What an {@link Endpoint} may know of a request. Valid during {@link Endpoint#handle}, {@link
 * Endpoint#later} and {@link Endpoint#bodyReader} only: an adapter may lay it over the server's own
 * request, so that nothing is copied that nobody reads.
 */
public interface EndpointRequest {
  /** The method as it stood in the request line, "GET". */
  String method();

  /** The path below the application's root, decoded, beginning with "/", without the query. */
  String path();

  /** The query as it stood in the request line, without "?", undecoded; null if there was none. */
  @Nullable String query();

  /** The first value of a header, whatever the case of its name; null if it was not sent. */
  @Nullable String header(String name);

  /** The address that the request came from, without the port; null if it is not known. */
  @Nullable String remoteAddress();

  /**
   * Whether it only reads: GET or HEAD. An adapter reads no body of such a request, whatever comes.
   */
  default boolean isRead() {
    String method = method();
    return method.equals("GET") || method.equals("HEAD");
  }

  /** A request without headers and address, for callers that have no server. */
  static EndpointRequest of(String method, String path, @Nullable String query) {
    return new PlainRequest(method, path, query);
  }
}
