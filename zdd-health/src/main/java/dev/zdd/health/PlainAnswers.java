package dev.zdd.health;

import dev.zdd.core.http.EndpointResponse;
import java.util.List;

/** The plain answers of a probe, prepared; the 503 for each usual Retry-After. */
final class PlainAnswers {
  private static final int PREPARED = 60;

  private final EndpointResponse yes;
  private final EndpointResponse unchangedYes;
  private final EndpointResponse unchangedNo;
  private final EndpointResponse bare;
  private final EndpointResponse[] no = new EndpointResponse[PREPARED];
  private final String yesTag;
  private final String noTag;

  PlainAnswers(String yes, String no) {
    this.yesTag = EntityTag.of(yes);
    this.noTag = EntityTag.of(no);
    this.yes = Responses.json(200, "{\"status\":\"" + yes + "\"}").with("ETag", yesTag);
    this.bare = Responses.json(503, "{\"status\":\"" + no + "\"}").with("ETag", noTag);
    this.unchangedYes = unchanged(yesTag);
    this.unchangedNo = unchanged(noTag);
    for (int i = 0; i < PREPARED; i++) {
      this.no[i] = Responses.retryAfter(bare, i + 1);
    }
  }

  // No Content-Type: a 304 describes nothing but what the client has.
  private static EndpointResponse unchanged(String tag) {
    return new EndpointResponse(
        304,
        List.of(
            new EndpointResponse.Header("ETag", tag),
            new EndpointResponse.Header("Cache-Control", "no-store")),
        new byte[0]);
  }

  EndpointResponse yes() {
    return yes;
  }

  EndpointResponse no(int seconds) {
    return seconds <= PREPARED ? no[seconds - 1] : Responses.retryAfter(bare, seconds);
  }

  /** Still so, to one who knows it. */
  EndpointResponse unchanged(boolean ok) {
    return ok ? unchangedYes : unchangedNo;
  }

  String tag(boolean ok) {
    return ok ? yesTag : noTag;
  }
}
