package dev.zdd.examples.demo;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;

/**
 * Why a request counts as lost.
 *
 * @param kind what the report counts by
 * @param detail what exactly was seen, for whoever looks for the cause
 */
record Failure(String kind, String detail) {
  static final String REFUSED = "connection refused";
  static final String RESET = "connection lost";
  static final String TIMEOUT = "timeout";
  static final String WRONG_BODY = "wrong body";
  static final String NOT_STARTED = "not started";

  /** An answer other than 200. */
  static Failure status(int status, String body) {
    return new Failure("status " + status, abridged(body));
  }

  /** An answer of 200 that is not the whole answer. */
  static Failure wrongBody(String expected, String got) {
    return new Failure(WRONG_BODY, "expected " + expected + ", got " + abridged(got));
  }

  /** No answer. */
  static Failure of(Exception e) {
    String detail = e.getClass().getSimpleName() + ": " + e.getMessage();
    if (e instanceof ConnectionRequestTimeoutException) {
      return new Failure(NOT_STARTED, detail);
    }
    // Connecting too long is one of the two ConnectExceptions, so the timeout is asked first.
    if (e instanceof SocketTimeoutException
        || e.getClass().getSimpleName().toLowerCase(Locale.ROOT).contains("timeout")) {
      return new Failure(TIMEOUT, detail);
    }
    if (e instanceof ConnectException) {
      return new Failure(REFUSED, detail);
    }
    return new Failure(e instanceof IOException ? RESET : e.getClass().getSimpleName(), detail);
  }

  private static String abridged(String text) {
    String line = text.replaceAll("\\s+", " ").trim();
    return line.length() <= 120 ? line : line.substring(0, 120) + "… (" + text.length() + " chars)";
  }
}
