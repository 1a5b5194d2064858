package dev.zdd.core.http;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

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

  /**
   * The answer once there is something new to say, if the request asks to wait for that; null, as
   * always by default, if {@link #handle} is to answer it now. An adapter that can answer later
   * asks here first, and asks {@code handle} only if it gets null. One that cannot never asks: then
   * the request is answered now, and says nothing of having waited. Who puts an endpoint into
   * another passes this on, too.
   *
   * <p>Neither this nor what depends on the future may block: it is completed on a thread of the
   * endpoint's, so an adapter hands over to its server. It cancels the future if the client goes
   * away. One that fails is a failed probe, 503.
   */
  default @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    return null;
  }

  /**
   * Who reads the body of this request and answers it; null, as always by default, if the body is
   * of no interest: then it is dropped, and {@link #later} and {@link #handle} are asked. An
   * adapter that can answer later asks here before those two, unless the method is GET or HEAD: a
   * probe never waits for a body. What must not be done without having been asked properly (who
   * sent it, of which type it is) is refused by answering null here, and saying why in {@code
   * handle}. Who puts an endpoint into another passes this on, too.
   */
  default @Nullable BodyReader bodyReader(EndpointRequest request) {
    return null;
  }
}
