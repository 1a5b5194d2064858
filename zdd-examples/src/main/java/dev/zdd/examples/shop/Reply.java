package dev.zdd.examples.shop;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * What the shop answers, whatever the server. Nothing of a request is ever repeated in it.
 *
 * @param headers beside {@code Content-Length} and the connection's own
 */
// The array is shared on purpose: an answer is written once, and nobody compares answers.
@SuppressWarnings("ArrayRecordComponent")
record Reply(int status, Map<String, String> headers, byte[] body) implements Answer {
  static Reply of(int status, String contentType, String text) {
    return new Reply(
        status,
        Map.of("Content-Type", contentType, "Cache-Control", "no-store"),
        text.getBytes(StandardCharsets.UTF_8));
  }

  static Reply json(String json) {
    return of(200, "application/json", json + "\n");
  }

  static Reply error(int status, String why) {
    return of(status, "application/json", "{\"error\":\"" + why + "\"}\n");
  }

  static Reply notAllowed(String allow) {
    Reply error = error(405, "method not allowed");
    Map<String, String> headers = new java.util.HashMap<>(error.headers());
    headers.put("Allow", allow);
    return new Reply(405, Map.copyOf(headers), error.body());
  }
}
