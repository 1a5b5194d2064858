package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP contract of the probes: which path asks what, what is 200, 503, 404 or 405, and what is
 * withheld. A plain probe is answered with a response prepared ahead. Nothing of the request is
 * ever repeated in the answer.
 */
final class HealthEndpoint implements Endpoint {
  private static final EndpointResponse NOT_FOUND = json(404, "{\"status\":\"not found\"}");
  private static final EndpointResponse NOT_ALLOWED =
      json(405, "{\"status\":\"method not allowed\"}").with("Allow", "GET, HEAD");
  private static final Answers ONE_CHECK = new Answers("up", "down");

  private final Health health;
  private final boolean names;
  private final boolean reasons;
  private final Map<Probe, Answers> answers = new EnumMap<>(Probe.class);

  HealthEndpoint(Health health, boolean names, boolean reasons) {
    this.health = health;
    this.names = names;
    this.reasons = reasons;
    for (Probe probe : Probe.values()) {
      answers.put(probe, new Answers(probe.word(true), probe.word(false)));
    }
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    String path = request.path();
    for (Probe probe : Probe.values()) {
      String prefix = probe.path();
      if (path.startsWith(prefix)) {
        if (path.length() == prefix.length()) {
          return isRead(request) ? noted(probe, request) : NOT_ALLOWED;
        }
        if (path.charAt(prefix.length()) == '/') {
          return check(probe, path.substring(prefix.length() + 1), request);
        }
      }
    }
    return NOT_FOUND;
  }

  private EndpointResponse noted(Probe probe, EndpointRequest request) {
    EndpointResponse answer = probe(probe, Query.of(request.query()));
    if (probe == Probe.READINESS) {
      boolean ready = answer.status() == 200;
      health
          .lifecycle()
          .probers()
          .answered(request.remoteAddress(), request.header("User-Agent"), request.path(), ready);
    }
    return answer;
  }

  private EndpointResponse probe(Probe probe, Query query) {
    if (query.verbose && names) {
      // The status is taken from the snapshot that is shown, so that the two agree.
      HealthSnapshot snapshot = health.snapshot(probe, query.excluded);
      String body = HealthJson.probe(snapshot, health.ticker().read(), reasons);
      return snapshot.status().isOk()
          ? json(200, body)
          : retryAfter(json(503, body), seconds(probe, query.excluded));
    }
    Answers plain = requireNonNull(answers.get(probe));
    return health.status(probe, query.excluded).isOk()
        ? plain.yes
        : plain.no(seconds(probe, query.excluded));
  }

  private EndpointResponse check(Probe probe, String name, EndpointRequest request) {
    CheckSnapshot check = names ? health.board(probe).find(name) : null;
    if (check == null) {
      return NOT_FOUND;
    }
    if (!isRead(request)) {
      return NOT_ALLOWED;
    }
    boolean ok = check.status().isOk();
    long now = health.ticker().read();
    Long next = check.nextRunAt();
    int seconds = next == null ? 1 : wholeSeconds(next - now);
    if (Query.of(request.query()).verbose) {
      String body = HealthJson.check(check, now, reasons);
      return ok ? json(200, body) : retryAfter(json(503, body), seconds);
    }
    return ok ? ONE_CHECK.yes : ONE_CHECK.no(seconds);
  }

  private int seconds(Probe probe, Set<String> excluded) {
    return wholeSeconds(health.board(probe).nanosToNextRun(excluded));
  }

  private static int wholeSeconds(long nanos) {
    return nanos <= 0 ? 1 : (int) ((nanos - 1) / 1_000_000_000 + 1);
  }

  private static boolean isRead(EndpointRequest request) {
    return "GET".equals(request.method()) || "HEAD".equals(request.method());
  }

  private static EndpointResponse json(int status, String body) {
    return EndpointResponse.of(status, "application/json", body);
  }

  private static EndpointResponse retryAfter(EndpointResponse response, int seconds) {
    return response.with("Retry-After", Integer.toString(seconds));
  }

  /** The two plain answers of a probe, prepared; the 503 for each usual Retry-After. */
  private static final class Answers {
    private static final int PREPARED = 60;

    final EndpointResponse yes;
    private final EndpointResponse bare;
    private final EndpointResponse[] no = new EndpointResponse[PREPARED];

    Answers(String yes, String no) {
      this.yes = json(200, "{\"status\":\"" + yes + "\"}");
      this.bare = json(503, "{\"status\":\"" + no + "\"}");
      for (int i = 0; i < PREPARED; i++) {
        this.no[i] = retryAfter(bare, i + 1);
      }
    }

    EndpointResponse no(int seconds) {
      return seconds <= PREPARED ? no[seconds - 1] : retryAfter(bare, seconds);
    }
  }

  /** What is understood of a query; everything else in it is ignored. */
  private record Query(boolean verbose, Set<String> excluded) {
    private static final Query NONE = new Query(false, Set.of());

    static Query of(@Nullable String raw) {
      if (raw == null || raw.isEmpty()) {
        return NONE;
      }
      boolean verbose = false;
      Set<String> excluded = new HashSet<>();
      int start = 0;
      while (start <= raw.length()) {
        int end = raw.indexOf('&', start);
        end = end < 0 ? raw.length() : end;
        String pair = raw.substring(start, end);
        if (pair.equals("verbose") || pair.startsWith("verbose=")) {
          verbose = true;
        } else if (pair.startsWith("exclude=")) {
          excluded.add(decoded(pair.substring("exclude=".length())));
        }
        start = end + 1;
      }
      return new Query(verbose, excluded);
    }

    private static String decoded(String value) {
      try {
        return URLDecoder.decode(value, StandardCharsets.UTF_8);
      } catch (IllegalArgumentException e) {
        return value; // A malformed escape: no check has such a name, so nothing is left out.
      }
    }
  }
}
