package dev.zdd.flags;

import java.io.IOException;
import java.io.Serial;

/** Redis answered a command with an error, and so has not done it. */
final class RedisErrorException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  private final String said;

  RedisErrorException(Throwable cause) {
    super("Redis says: " + Quoted.line(String.valueOf(cause.getMessage())), cause);
    this.said = String.valueOf(cause.getMessage());
  }

  /** The error's own words. */
  String said() {
    return said;
  }
}
