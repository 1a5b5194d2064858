package dev.zdd.netty;

import io.netty.channel.ChannelPipeline;
import java.util.List;

/**
 * Tells a probe from a request: a probe is what an {@link EndpointHandler} of the same pipeline
 * answers. The endpoints' paths are said once, where they are put into the pipeline, and found
 * there: a second list of them, for exemption, would one day differ from the first.
 *
 * <p>Safe for use by any threads.
 */
final class Probes {
  // Most servers have the same handlers in every pipeline: then this one list is every
  // connection's.
  private volatile List<EndpointHandler> foundLast = List.of();

  /**
   * What answers probes in this pipeline. Those whose first {@link EndpointHandler} is the same
   * object are taken to have the same others too: an HTTP/2 connection has a pipeline for each
   * request, and to go through it costs more than all else that zdd does for one.
   */
  List<EndpointHandler> endpoints(ChannelPipeline pipeline) {
    EndpointHandler first = pipeline.get(EndpointHandler.class);
    if (first == null) {
      return List.of();
    }
    List<EndpointHandler> known = foundLast;
    if (!known.isEmpty() && known.get(0) == first) {
      return known;
    }
    List<EndpointHandler> found =
        pipeline.toMap().values().stream()
            .filter(EndpointHandler.class::isInstance)
            .map(EndpointHandler.class::cast)
            .toList();
    foundLast = found;
    return found;
  }

  /** Whether one of {@code endpoints} answers the request with this target. */
  static boolean include(List<EndpointHandler> endpoints, String target) {
    for (EndpointHandler endpoint : endpoints) {
      if (endpoint.answers(target)) {
        return true;
      }
    }
    return false;
  }
}
