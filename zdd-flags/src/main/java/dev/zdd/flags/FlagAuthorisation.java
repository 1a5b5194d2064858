package dev.zdd.flags;

import dev.zdd.core.http.EndpointRequest;
import org.jspecify.annotations.Nullable;

/**
 * Decides who may change flags on a {@link FlagChangePage}. Called on a request thread or an event
 * loop, by many threads at once, twice or more for one request; it never blocks. One that throws
 * refuses, and is logged.
 */
@FunctionalInterface
public interface FlagAuthorisation {
  /**
   * Who sent this request, as the audit log will say it: 1 to 200 characters on one line; null if
   * he may not change flags. It has to go by what the sender alone can show: a password, a cookie
   * of a login, what a proxy vouches for in a header that nobody else can set. An address is not
   * enough, for the browser of somebody within may be made to send what somebody else wants.
   */
  @Nullable String who(EndpointRequest request);
}
