package dev.zdd.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import java.util.List;
import java.util.stream.Stream;

/**
 * Tells a probe from a request: a probe is what an {@link EndpointHandler} of the same pipeline
 * answers. The endpoints' paths are said once, where they are put into the pipeline, and found
 * there: a second list of them, for exemption, would one day differ from the first.
 *
 * <p>Safe for use by any threads.
 */
final class Probes {
  private static final AttributeKey<List<EndpointHandler>> IN_STREAMS =
      AttributeKey.valueOf(Probes.class, "IN_STREAMS");

  // Most servers have the same handlers in every pipeline: then this one list is every
  // connection's.
  private volatile List<EndpointHandler> foundLast = List.of();

  /**
   * What answers probes in this pipeline. Those whose first {@link EndpointHandler} is the same
   * object are taken to have the same others too, so that a connection needs no list of its own.
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

  /**
   * What answers probes in the channels of an HTTP/2 connection's streams, for it stands in each of
   * their pipelines and not in the connection's.
   */
  static Attribute<List<EndpointHandler>> inStreams(Channel connection) {
    Attribute<List<EndpointHandler>> found = connection.attr(IN_STREAMS);
    found.setIfAbsent(List.of());
    return found;
  }

  /** Notes that {@code endpoint} is in {@code channel}'s pipeline, if that is a stream's. */
  static void note(Channel channel, EndpointHandler endpoint) {
    Channel connection = channel.parent();
    if (connection == null || !connection.hasAttr(IN_STREAMS)) {
      return;
    }
    Attribute<List<EndpointHandler>> found = connection.attr(IN_STREAMS);
    List<EndpointHandler> known = found.get();
    if (!known.contains(endpoint)) {
      found.set(Stream.concat(known.stream(), Stream.of(endpoint)).toList());
    }
  }

  /** Whether one of {@code endpoints} answers the request with this target. */
  static boolean include(List<EndpointHandler> endpoints, String target) {
    for (int i = 0; i < endpoints.size(); i++) { // an iterator is dear where there is nothing
      if (endpoints.get(i).answers(target)) {
        return true;
      }
    }
    return false;
  }
}
