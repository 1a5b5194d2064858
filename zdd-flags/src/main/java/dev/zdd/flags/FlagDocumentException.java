package dev.zdd.flags;

import java.io.Serial;

/** A document of definitions was refused; the message says where and why, in one line. */
final class FlagDocumentException extends Exception {
  @Serial private static final long serialVersionUID = 1;

  FlagDocumentException(String message) {
    super(message);
  }
}
