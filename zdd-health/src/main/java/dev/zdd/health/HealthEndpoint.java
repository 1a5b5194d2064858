package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The HTTP contract of the probes: which path asks what, what is 200, 503, 404 or 405, and what is
 * withheld. A plain probe is answered with a response prepared ahead; another shape than zdd's own
 * by {@code Accept}. Nothing of the request is ever repeated in the answer.
 */
final class HealthEndpoint implements Endpoint {
  private static final Answers ONE_CHECK = new Answers("up", "down");

  // values() copies its array each time: 32 bytes for every probe that is answered.
  private static final Probe[] PROBES = Probe.values();

  // In the order of the shapes; the first is given to who has no preference.
  private static final List<String> TYPES =
      List.of(ZddFormat.TYPE, HealthJsonFormat.TYPE, SpringFormat.TYPE, KubernetesFormat.TYPE);
  private static final List<HealthFormat> FORMATS =
      List.of(new ZddFormat(), new HealthJsonFormat(), new SpringFormat(), new KubernetesFormat());

  private final Health health;
  private final Audience audience;
  private final Map<Probe, Answers> answers = new EnumMap<>(Probe.class);

  HealthEndpoint(Health health, Audience audience) {
    this.health = health;
    this.audience = audience;
    for (Probe probe : PROBES) {
      answers.put(probe, new Answers(probe.word(true), probe.word(false)));
    }
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    String path = request.path();
    for (Probe probe : PROBES) {
      String prefix = probe.path();
      if (path.startsWith(prefix)) {
        if (path.length() == prefix.length()) {
          return Responses.isRead(request) ? noted(probe, request) : Responses.NOT_ALLOWED;
        }
        if (path.charAt(prefix.length()) == '/') {
          return named(probe, path.substring(prefix.length() + 1), request);
        }
      }
    }
    return Responses.NOT_FOUND;
  }

  private EndpointResponse noted(Probe probe, EndpointRequest request) {
    EndpointResponse answer = probe(probe, health.board(probe), request);
    if (probe == Probe.READINESS) {
      boolean ready = answer.status() == 200;
      health
          .lifecycle()
          .probers()
          .answered(request.remoteAddress(), request.header("User-Agent"), request.path(), ready);
    }
    return answer;
  }

  private EndpointResponse probe(Probe probe, ProbeBoard board, EndpointRequest request) {
    HealthQuery query = HealthQuery.of(request.query());
    int shape = AcceptHeader.preferred(request.header("Accept"), TYPES);
    if (shape == 0 && !query.verbose()) {
      Answers plain = requireNonNull(answers.get(probe));
      long now = health.ticker().read(); // once: reading the clock is half of what this costs
      return health.status(probe, board, query.excluded(), now).isOk()
          ? plain.yes
          : plain.no(seconds(board, query, now));
    }
    // The status is taken from the snapshot that is shown, so that the two agree.
    HealthSnapshot snapshot = health.snapshot(probe, board, query.excluded());
    long now = health.ticker().read();
    HealthFormat format = FORMATS.get(shape);
    String body = format.body(List.of(snapshot), query.verbose(), audience.of(request), now);
    boolean ok = snapshot.status().isOk();
    return Responses.of(ok, format.contentType(), body, seconds(board, query, now));
  }

  private EndpointResponse named(Probe probe, String name, EndpointRequest request) {
    // A group is the application's own endpoint, and is not withheld with the checks' names.
    ProbeBoard group = probe == Probe.READINESS ? health.group(name) : null;
    CheckEntry entry = group == null ? health.board(probe).find(name) : null;
    if (group == null && entry == null) {
      return Responses.NOT_FOUND;
    }
    if (entry == null) {
      return Responses.isRead(request)
          ? probe(probe, requireNonNull(group), request)
          : Responses.NOT_ALLOWED;
    }
    Details details = audience.of(request);
    if (details == Details.NOTHING) {
      return Responses.NOT_FOUND;
    }
    return Responses.isRead(request)
        ? check(health.board(probe).believed(entry.snapshot()), details, request)
        : Responses.NOT_ALLOWED;
  }

  private EndpointResponse check(CheckSnapshot check, Details details, EndpointRequest request) {
    boolean ok = check.status().isOk();
    long now = health.ticker().read();
    int seconds = Responses.secondsTo(check, now);
    if (HealthQuery.of(request.query()).verbose()) {
      return Responses.of(ok, ZddFormat.TYPE, ZddFormat.check(check, details, now), seconds);
    }
    return ok ? ONE_CHECK.yes : ONE_CHECK.no(seconds);
  }

  private static int seconds(ProbeBoard board, HealthQuery query, long now) {
    return Responses.wholeSeconds(board.nanosToNextRun(query.excluded(), now));
  }

  /** The two plain answers of a probe, prepared; the 503 for each usual Retry-After. */
  private static final class Answers {
    private static final int PREPARED = 60;

    final EndpointResponse yes;
    private final EndpointResponse bare;
    private final EndpointResponse[] no = new EndpointResponse[PREPARED];

    Answers(String yes, String no) {
      this.yes = Responses.json(200, "{\"status\":\"" + yes + "\"}");
      this.bare = Responses.json(503, "{\"status\":\"" + no + "\"}");
      for (int i = 0; i < PREPARED; i++) {
        this.no[i] = Responses.retryAfter(bare, i + 1);
      }
    }

    EndpointResponse no(int seconds) {
      return seconds <= PREPARED ? no[seconds - 1] : Responses.retryAfter(bare, seconds);
    }
  }
}
