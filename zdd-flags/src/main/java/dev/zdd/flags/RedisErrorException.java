package dev.zdd.flags;

import java.io.IOException;
import java.io.Serial;

/** Redis answered a command with an error, and so has not done it. */
final class RedisErrorException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  RedisErrorException(Throwable cause) {
    super("Redis says: " + Quoted.line(String.valueOf(cause.getMessage())), cause);
  }
}
