package dev.zdd.health;

import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;

/** What every answer about health has in common, whatever its shape. */
final class Responses {
  static final EndpointResponse NOT_FOUND = json(404, "{\"status\":\"not found\"}");
  static final EndpointResponse NOT_ALLOWED =
      json(405, "{\"status\":\"method not allowed\"}").with("Allow", "GET, HEAD");

  private Responses() {}

  static boolean isRead(EndpointRequest request) {
    return "GET".equals(request.method()) || "HEAD".equals(request.method());
  }

  static EndpointResponse json(int status, String body) {
    return EndpointResponse.of(status, ZddFormat.TYPE, body);
  }

  /** 200, or 503 with when it is worth asking again. */
  static EndpointResponse of(boolean ok, String contentType, String body, int retrySeconds) {
    return ok
        ? EndpointResponse.of(200, contentType, body)
        : retryAfter(EndpointResponse.of(503, contentType, body), retrySeconds);
  }

  static EndpointResponse retryAfter(EndpointResponse response, int seconds) {
    return response.with("Retry-After", Integer.toString(seconds));
  }

  /** When it is worth asking for {@code check} again. */
  static int secondsTo(CheckSnapshot check, long now) {
    Long next = check.nextRunAt();
    return next == null ? 1 : wholeSeconds(next - now);
  }

  /** Whole seconds, at least one: what a Retry-After is in. */
  static int wholeSeconds(long nanos) {
    return nanos <= 0 ? 1 : (int) ((nanos - 1) / 1_000_000_000 + 1);
  }
}
