package dev.zdd.examples.demo;

import dev.zdd.examples.shop.Serve;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request of the load, and what a good answer to it looks like.
 *
 * @param kind what it is counted as
 * @param number its own; in its query too, so that a balancer's log says which one it was
 * @param method GET or POST
 * @param target path and query
 * @param body what a POST sends
 * @param whole the answer's exact body; null if any complete JSON object will do
 */
record PlannedRequest(
    Kind kind, long number, String method, String target, String body, @Nullable String whole) {
  /** What {@code /work} answers. */
  static final String WORK_ANSWER = Serve.WORK_ANSWER;

  private static final int SLOW_MILLIS = 3000;
  private static final int CHUNKS = 20;
  private static final int CHUNK_MILLIS = 100;

  /** What {@code /stream} answers: one without its last line was cut. */
  static final String STREAM_ANSWER = Serve.streamAnswer(CHUNKS);

  private static final String ORDER = "{\"order\":42,\"items\":[\"bread\",\"butter\"]}".repeat(8);

  /**
   * Request {@code n} of the mix: work of 5 to 50 ms, of 3 s for the slow ones, a stream of 2 s; of
   * the GETs one in 11 reads the database and one in 11 asks a feature flag. The multiples of the
   * golden ratio choose the kind, and primes above the number of instances the rest: they are in
   * step with no small number, so round robin gives no instance all the requests of a kind.
   */
  static PlannedRequest number(long n, Mix mix) {
    Kind kind = mix.at(((n * 0x9E3779B97F4A7C15L) >>> 11) * 0x1.0p-53);
    long millis = 5 + n * 7 % 46;
    return switch (kind) {
      case GET -> get(n, millis);
      case POST -> post(kind, n, millis);
      // Not by n: the golden ratio's choice of the slow ones may well be even numbers mostly.
      case SLOW ->
          Long.bitCount(n) % 2 == 0
              ? post(kind, n, SLOW_MILLIS)
              : new PlannedRequest(
                  kind, n, "GET", "/work?ms=" + SLOW_MILLIS + "&n=" + n, "", WORK_ANSWER);
      case STREAM ->
          new PlannedRequest(
              kind,
              n,
              "GET",
              "/stream?chunks=" + CHUNKS + "&ms=" + CHUNK_MILLIS + "&n=" + n,
              "",
              STREAM_ANSWER);
      case WEBSOCKET -> throw new IllegalArgumentException("a message is no request");
    };
  }

  private static PlannedRequest get(long n, long millis) {
    if (n % 11 == 7) {
      return new PlannedRequest(Kind.GET, n, "GET", "/orders?n=" + n, "", null);
    }
    if (n % 11 == 3) {
      String target = "/checkout?user=user-" + n % 1000 + "&n=" + n;
      return new PlannedRequest(Kind.GET, n, "GET", target, "", null);
    }
    return new PlannedRequest(
        Kind.GET, n, "GET", "/work?ms=" + millis + "&n=" + n, "", WORK_ANSWER);
  }

  private static PlannedRequest post(Kind kind, long n, long millis) {
    return new PlannedRequest(
        kind, n, "POST", "/work?ms=" + millis + "&id=" + n, ORDER, WORK_ANSWER);
  }

  boolean isPost() {
    return method.equals("POST");
  }

  /** Null if this is the whole of a good answer. */
  @Nullable Failure judge(int status, byte @Nullable [] answer) {
    String text = answer == null ? "" : new String(answer, StandardCharsets.UTF_8);
    if (status != 200) {
      return Failure.status(status, text);
    }
    if (whole == null) {
      return text.startsWith("{") && text.endsWith("}\n")
          ? null
          : Failure.wrongBody("a JSON object", text);
    }
    return text.equals(whole) ? null : Failure.wrongBody(whole.length() + " known bytes", text);
  }

  @Override
  public String toString() {
    return method + " " + target;
  }
}
