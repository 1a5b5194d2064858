package dev.zdd.core.http;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The answer of an {@link Endpoint}. Immutable once made, so that one answer can be prepared ahead
 * and given to many.
 *
 * @param status the HTTP status; an adapter sets it before anything else
 * @param headers all headers but {@code Content-Length} and the connection's own
 * @param body what a GET is answered with; neither the endpoint nor the adapter may change it
 */
// The array is shared on purpose: a copy would be made at every probe, and nobody compares answers.
@SuppressWarnings("ArrayRecordComponent")
public record EndpointResponse(int status, List<Header> headers, byte[] body) {
  /** One header line. */
  public record Header(String name, String value) {
    /** Refuses what would split the response: a control character in the name or the value. */
    public Header {
      refuseControls("header name", name);
      refuseControls("header value", value);
    }

    private static void refuseControls(String what, String text) {
      if (requireNonNull(text, what).chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
        throw new IllegalArgumentException(what + " has a control character (expected: none)");
      }
    }
  }

  /** Copies the headers; keeps the body, which must not be changed afterwards. */
  public EndpointResponse {
    if (status < 200 || status > 599) {
      throw new IllegalArgumentException("status: " + status + " (expected: 200 to 599)");
    }
    headers = List.copyOf(headers);
    requireNonNull(body, "body");
  }

  /** An answer with a text body in UTF-8 and what every answer of zdd says about itself. */
  public static EndpointResponse of(int status, String contentType, String body) {
    return new EndpointResponse(
        status,
        List.of(
            new Header("Content-Type", contentType),
            new Header("Cache-Control", "no-store"),
            new Header("X-Content-Type-Options", "nosniff")),
        body.getBytes(StandardCharsets.UTF_8));
  }

  /** This answer with one more header. */
  public EndpointResponse with(String name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new EndpointResponse(status, more, body);
  }
}
