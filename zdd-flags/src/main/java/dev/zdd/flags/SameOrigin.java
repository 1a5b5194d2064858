package dev.zdd.flags;

import dev.zdd.core.http.EndpointRequest;
import org.jspecify.annotations.Nullable;

/**
 * Whether a form was sent from a page of this server, and not from somebody else's in the browser
 * of one who may (cross-site request forgery). The browser says so, and no page can make it say
 * otherwise.
 */
final class SameOrigin {
  private SameOrigin() {}

  /** What is wrong with it, in a sentence; null if it comes from here. */
  static @Nullable String problem(EndpointRequest request) {
    String site = request.header("Sec-Fetch-Site");
    if (site != null) {
      return site.equals("same-origin")
          ? null
          : "Sec-Fetch-Site: " + Quoted.of(site) + " (expected: \"same-origin\")";
    }
    // Over plain HTTP to another host than its own a browser does not send that.
    String origin = request.header("Origin");
    String host = request.header("Host");
    if (origin == null || host == null) {
      return "neither Sec-Fetch-Site nor Origin and Host say where it comes from (expected: from"
          + " this page, in a browser)";
    }
    int authority = origin.indexOf("://");
    return authority >= 0 && origin.substring(authority + 3).equalsIgnoreCase(host)
        ? null
        : "Origin: " + Quoted.of(origin) + " (expected: of the host " + Quoted.of(host) + ")";
  }
}
