package dev.zdd.flags;

import io.lettuce.core.RedisURI;
import java.io.Serial;
import java.time.Duration;

/**
 * A copy of a URI, whole, with another timeout. Lettuce's builder leaves the sentinels behind; its
 * copying constructor does not, and is for subclasses.
 */
final class TimedRedisUri extends RedisURI {
  @Serial private static final long serialVersionUID = 1;

  TimedRedisUri(RedisURI uri, Duration timeout) {
    super(uri);
    setTimeout(timeout);
    getSentinels().forEach(sentinel -> sentinel.setTimeout(timeout));
  }
}
