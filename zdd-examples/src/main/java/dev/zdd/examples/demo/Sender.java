package dev.zdd.examples.demo;

import java.net.URI;
import java.time.Duration;

/** Sends requests over one protocol, each once: it never retries. Thread-safe. */
interface Sender extends AutoCloseable {
  /** Is told once what became of a request, on a thread of the sender's. Must not block. */
  interface Callback {
    /** The whole answer was read. */
    void answered(Answer answer);

    /** There was none, or not the whole of it. */
    void failed(Exception e);
  }

  /**
   * A whole answer.
   *
   * @param instance which of the shops says that it gave it; "?" if none does
   * @param version which version says that it gave it
   */
  // Made once, compared by nobody.
  @SuppressWarnings("ArrayRecordComponent")
  record Answer(int status, String instance, String version, byte[] body) {}

  /**
   * Sends {@code request} to {@code base}.
   *
   * @return gives up waiting for the answer
   */
  Runnable send(URI base, PlannedRequest request, Callback callback);

  @Override
  void close();

  /**
   * A sender for {@code protocol}, with up to {@code connections} of them, or streams, at a time.
   */
  static Sender over(Protocol protocol, Duration timeout, int connections) {
    return switch (protocol) {
      case H1 -> Http1Sender.start(timeout, connections, true);
      case H1_CLOSE -> Http1Sender.start(timeout, connections, false);
      case H2 -> Http2Sender.start(timeout, connections);
    };
  }
}
