package dev.zdd.health;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.Probers;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP contract of the probes: which path asks what, what is 200, 503, 404 or 405, and what is
 * withheld. A plain probe is answered with a response prepared ahead; another shape than zdd's own
 * by {@code Accept}. Nothing of the request is ever repeated in the answer.
 */
final class HealthEndpoint implements Endpoint {
  private static final PlainAnswers ONE_CHECK = new PlainAnswers("up", "down");
  private static final EndpointResponse BAD_WAIT =
      Responses.json(
          400,
          "{\"status\":\"bad request\",\"reason\":\"Prefer: wait (expected: whole seconds)\"}");

  // values() copies its array each time: 32 bytes for every probe that is answered.
  private static final Probe[] PROBES = Probe.values();

  // In the order of the shapes; the first is given to who has no preference.
  private static final List<String> TYPES =
      List.of(ZddFormat.TYPE, HealthJsonFormat.TYPE, SpringFormat.TYPE, KubernetesFormat.TYPE);
  private static final List<HealthFormat> FORMATS =
      List.of(new ZddFormat(), new HealthJsonFormat(), new SpringFormat(), new KubernetesFormat());

  private final Health health;
  private final Audience audience;
  private final Map<Probe, PlainAnswers> answers = new EnumMap<>(Probe.class);

  HealthEndpoint(Health health, Audience audience) {
    this.health = health;
    this.audience = audience;
    for (Probe probe : PROBES) {
      answers.put(probe, new PlainAnswers(probe.word(true), probe.word(false)));
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

  @Override
  public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    String prefer = request.header("Prefer");
    if (prefer == null || !Responses.isRead(request)) {
      return null;
    }
    String path = request.path();
    for (Probe probe : PROBES) {
      if (path.equals(probe.path())) {
        return later(probe, health.board(probe), prefer, request);
      }
    }
    String groups = Probe.READINESS.path() + '/';
    ProbeBoard group =
        path.startsWith(groups) ? health.group(path.substring(groups.length())) : null;
    return group == null ? null : later(Probe.READINESS, group, prefer, request);
  }

  private @Nullable CompletableFuture<EndpointResponse> later(
      Probe probe, ProbeBoard board, String prefer, EndpointRequest request) {
    int seconds = WaitPreference.seconds(prefer);
    if (seconds == WaitPreference.MALFORMED) {
      return CompletableFuture.completedFuture(BAD_WAIT);
    }
    String known = request.header("If-None-Match");
    HealthQuery query = HealthQuery.of(request.query());
    boolean isPlain =
        !query.verbose() && AcceptHeader.preferred(request.header("Accept"), TYPES) == 0;
    if (seconds <= 0 || known == null || !isPlain || health.isEnding()) {
      return null;
    }
    PlainAnswers plain = requireNonNull(answers.get(probe));
    ProbeSight sight = new ProbeSight(health, probe, board, query.excluded());
    boolean ok = sight.now().ok();
    if (!EntityTag.matches(known, plain.tag(ok))) {
      return null;
    }
    boolean isNoted = request.path().equals(Probe.READINESS.path());
    Probers.Waiting prober = isNoted ? waits(request) : null;
    return health.longPolls().begin(sight, ok, seconds, plain, prober);
  }

  private Probers.Waiting waits(EndpointRequest request) {
    return health
        .lifecycle()
        .probers()
        .waits(request.remoteAddress(), request.header("User-Agent"), request.path());
  }

  private EndpointResponse noted(Probe probe, EndpointRequest request) {
    EndpointResponse answer = probe(probe, health.board(probe), request);
    if (probe == Probe.READINESS) {
      boolean ready = answer.status() != 503;
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
      PlainAnswers plain = requireNonNull(answers.get(probe));
      long now = health.ticker().read(); // once: reading the clock is half of what this costs
      return health.status(probe, board, query.excluded(), now).isOk()
          ? yes(plain, request)
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
    return ok ? yes(ONE_CHECK, request) : ONE_CHECK.no(seconds);
  }

  // A precondition is for what would be 2xx (RFC 9110 section 13.2.1): who asks without waiting is
  // never told 304 instead of 503.
  private static EndpointResponse yes(PlainAnswers answers, EndpointRequest request) {
    String known = request.header("If-None-Match");
    boolean unchanged = known != null && EntityTag.matches(known, answers.tag(true));
    return unchanged ? answers.unchanged(true) : answers.yes();
  }

  private static int seconds(ProbeBoard board, HealthQuery query, long now) {
    return Responses.wholeSeconds(board.nanosToNextRun(query.excluded(), now));
  }
}
