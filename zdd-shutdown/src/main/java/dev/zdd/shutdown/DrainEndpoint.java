package dev.zdd.shutdown;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;

/**
 * The live drain at {@code /drain}, as JSON: state, phase, times, how much is in flight and how old
 * the oldest is. 200 to GET and HEAD, before, during and after; 405 to any other method, 404 to any
 * other path. It only tells and changes nothing.
 *
 * <p>The port may be public, so paths of requests, addresses of probers, names of steps and the
 * reason of the shutdown are shown only {@link #withDetails}.
 */
public final class DrainEndpoint implements Endpoint {
  static final String PATH = "/drain";

  private final GracefulShutdown shutdown;
  private final boolean details;

  private DrainEndpoint(GracefulShutdown shutdown, boolean details) {
    this.shutdown = requireNonNull(shutdown, "shutdown");
    this.details = details;
  }

  /** The progress in numbers. */
  public static DrainEndpoint of(GracefulShutdown shutdown) {
    return new DrainEndpoint(shutdown, false);
  }

  /** The same, and what it is about: for a port that only its owners reach. */
  public DrainEndpoint withDetails() {
    return new DrainEndpoint(shutdown, true);
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    if (!request.path().equals(PATH)) {
      return json(404, "{\"status\":\"not found\"}");
    }
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return json(405, "{\"status\":\"method not allowed\"}").with("Allow", "GET, HEAD");
    }
    return json(200, DrainJson.progress(shutdown.progress(), details));
  }

  static EndpointResponse json(int status, String body) {
    return EndpointResponse.of(status, "application/json", body);
  }
}
