package dev.zdd.servlet;

import java.nio.ByteBuffer;

/**
 * Follows the frames of a WebSocket (RFC 6455 section 5.2) until one says close. It looks at the
 * bytes in the order in which they are read, on one thread at a time.
 */
final class WebSocketFrames {
  private static final int LONGEST_HEAD = 14;
  private static final int CLOSE = 8;

  private final ByteBuffer head = ByteBuffer.allocate(LONGEST_HEAD);
  private long payloadLeft;
  private boolean isClose;

  /**
   * Looks at what was read.
   *
   * @return whether a close frame has come, whole
   */
  boolean closed(ByteBuffer read) {
    while (read.hasRemaining() && !(isClose && payloadLeft == 0)) {
      if (payloadLeft > 0) {
        int some = (int) Math.min(payloadLeft, read.remaining());
        read.position(read.position() + some);
        payloadLeft -= some;
      } else {
        head.put(read.get());
        if (isWhole()) {
          isClose = (head.get(0) & 0x0f) == CLOSE;
          payloadLeft = payload();
          head.clear();
        }
      }
    }
    return isClose && payloadLeft == 0;
  }

  private boolean isWhole() {
    if (head.position() < 2) {
      return false;
    }
    int mask = head.get(1) < 0 ? 4 : 0;
    int length =
        switch (head.get(1) & 0x7f) {
          case 126 -> 2;
          case 127 -> 8;
          default -> 0;
        };
    return head.position() == 2 + length + mask;
  }

  private long payload() {
    int length = head.get(1) & 0x7f;
    return switch (length) {
      case 126 -> head.getShort(2) & 0xffff;
      case 127 -> head.getLong(2);
      default -> length;
    };
  }
}
