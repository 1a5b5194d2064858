package dev.zdd.flags;

import java.io.IOException;
import java.io.Serial;

/**
 * A write was sent and its reply did not come: the store may have done it, may do it yet (a server
 * that was frozen), or never will. Whoever wants to know reads again, and does so before a next
 * write.
 */
public final class FlagWriteUnknownException extends IOException {
  @Serial private static final long serialVersionUID = 1;

  /**
   * Of a {@link FlagStore}.
   *
   * @param message what is unknown, and why
   */
  public FlagWriteUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
