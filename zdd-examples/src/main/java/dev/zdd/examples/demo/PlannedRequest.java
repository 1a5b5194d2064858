package dev.zdd.examples.demo;

import dev.zdd.examples.shop.Serve;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request of the load, and what a good answer to it looks like.
 *
 * @param method GET or POST
 * @param target path and query
 * @param body what a POST sends
 * @param whole the answer's exact body; null if any complete JSON object will do
 */
record PlannedRequest(String method, String target, String body, @Nullable String whole) {
  /** What {@code /work} answers. */
  static final String WORK_ANSWER = Serve.WORK_ANSWER;

  private static final String ORDER = "{\"order\":42,\"items\":[\"bread\",\"butter\"]}".repeat(8);

  /**
   * The mix: 45 % GET and 45 % POST of work that takes 5 to 50 ms, one in 200 of them 500 ms (so
   * that a drain has something to wait for); 5 % read the database, 5 % ask a feature flag.
   */
  static PlannedRequest number(long n) {
    if (n % 20 == 7) {
      return new PlannedRequest("GET", "/orders", "", null);
    }
    if (n % 20 == 16) {
      return new PlannedRequest("GET", "/checkout?user=user-" + n % 1000, "", null);
    }
    long millis = n % 200 == 199 ? 500 : 5 + n * 7 % 46;
    String target = "/work?ms=" + millis;
    return n % 2 == 0
        ? new PlannedRequest("GET", target, "", WORK_ANSWER)
        : new PlannedRequest("POST", target, ORDER, WORK_ANSWER);
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
