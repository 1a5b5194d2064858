package dev.zdd.netty;

import io.netty.channel.ChannelPipeline;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells a probe from a request: a probe is what an {@link EndpointHandler} of the same pipeline
 * answers. The endpoints' paths are said once, where they are put into the pipeline, and found
 * there: a second list of them, for exemption, would one day differ from the first.
 */
final class Probes {
  private @Nullable List<EndpointHandler> endpoints;

  /** Whether the request with this target is one. The pipeline is searched at the first call. */
  boolean include(ChannelPipeline pipeline, String target) {
    List<EndpointHandler> found = endpoints;
    if (found == null) {
      found =
          pipeline.toMap().values().stream()
              .filter(EndpointHandler.class::isInstance)
              .map(EndpointHandler.class::cast)
              .toList();
      endpoints = found;
    }
    for (EndpointHandler endpoint : found) {
      if (endpoint.answers(target)) {
        return true;
      }
    }
    return false;
  }
}
