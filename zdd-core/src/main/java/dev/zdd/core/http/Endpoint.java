package dev.zdd.core.http;

/**
 * Answers one of zdd's own HTTP requests: a probe, a page.
 *
 * <p>Called on a request thread or on an event loop, by many threads at once. It never blocks and
 * never throws: it reads an immutable snapshot and says what that says. Decisions (path to probe,
 * verdict to status, what is withheld) are made here, beside the data; an adapter only copies
 * status, then headers, then body.
 */
@FunctionalInterface
public interface Endpoint {
  /** The answer. A HEAD is answered like a GET: the adapter leaves the body out. */
  EndpointResponse handle(EndpointRequest request);
}
