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
   * The mix: 46 % GET and 46 % POST of work that takes 5 to 50 ms, one in 211 of them 500 ms (so
   * that a drain has something to wait for); 4 % read the database, 4 % ask a feature flag. Every
   * period is a prime above the number of instances: round robin must not give one of them all the
   * requests of a kind.
   */
  static PlannedRequest number(long n) {
    if (n % 23 == 7) {
      return new PlannedRequest("GET", "/orders", "", null);
    }
    if (n % 23 == 16) {
      return new PlannedRequest("GET", "/checkout?user=user-" + n % 1000, "", null);
    }
    long millis = n % 211 == 199 ? 500 : 5 + n * 7 % 46;
    String target = "/work?ms=" + millis;
    return isGet(n)
        ? new PlannedRequest("GET", target, "", WORK_ANSWER)
        : new PlannedRequest("POST", target, ORDER, WORK_ANSWER);
  }

  // The multiples of the golden ratio are in step with no small number of instances either.
  private static boolean isGet(long n) {
    return n * 0x9E3779B97F4A7C15L >= 0;
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
