package dev.zdd.examples;

/** Why a command cannot do what it was asked; the message is all that its user needs to read. */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A refusal with one clear line. */
  public Refusal(String message) {
    super(message);
  }

  /** A refusal with one clear line, and what caused it for whoever debugs. */
  public Refusal(String message, Throwable cause) {
    super(message, cause);
  }
}
