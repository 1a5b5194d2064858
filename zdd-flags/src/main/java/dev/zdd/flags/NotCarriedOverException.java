package dev.zdd.flags;

import java.io.Serial;

/** A flag of another system says something that a definition cannot say exactly. */
final class NotCarriedOverException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final String place;

  NotCarriedOverException(String place, String reason) {
    super(reason);
    this.place = place;
  }

  String place() {
    return place;
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
