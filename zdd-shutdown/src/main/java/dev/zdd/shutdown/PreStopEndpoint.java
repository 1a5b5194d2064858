package dev.zdd.shutdown;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins the shutdown at a GET or POST of {@code /prestop} and answers at once: 202 with JSON, also
 * when it has begun before. It does not end the process: SIGTERM, which follows a preStop hook,
 * does that when the drain is over.
 *
 * <p>With zdd a preStop hook is not needed, because SIGTERM itself begins to announce. This is for
 * who must have one all the same, and for scripts.
 *
 * <p>Only for who is authorised; anybody else gets 403 and nothing is done.
 *
 * <ul>
 *   <li>{@link #fromLoopback}: connections from this machine itself. Not those that bear the marks
 *       of a proxy or of a browser ({@code Forwarded}, {@code X-Forwarded-For}, {@code Via}, {@code
 *       Origin}, …): behind them stands somebody else. A proxy on this machine that leaves no mark
 *       cannot be told from its owner: use a token there.
 *   <li>{@link #withToken}: {@code Authorization: Bearer …}, compared in constant time, from
 *       anywhere. The kubelet's {@code httpGet} comes from the node's address and not from
 *       loopback, so it needs this, by {@code httpHeaders}.
 * </ul>
 */
public final class PreStopEndpoint implements Endpoint {
  private static final Logger log = LoggerFactory.getLogger(PreStopEndpoint.class);

  static final String PATH = "/prestop";
  private static final int SHORTEST_TOKEN = 16;
  private static final String SCHEME = "bearer ";
  private static final List<String> MARKS =
      List.of(
          "Forwarded",
          "X-Forwarded-For",
          "X-Real-IP",
          "Via",
          "Origin",
          "Referer",
          "Sec-Fetch-Site");

  private final GracefulShutdown shutdown;
  private final byte @Nullable [] token;

  private PreStopEndpoint(GracefulShutdown shutdown, byte @Nullable [] token) {
    this.shutdown = requireNonNull(shutdown, "shutdown");
    this.token = token;
  }

  /** For who is on this machine. */
  public static PreStopEndpoint fromLoopback(GracefulShutdown shutdown) {
    return new PreStopEndpoint(shutdown, null);
  }

  /**
   * For who knows the token, wherever they are.
   *
   * @throws IllegalArgumentException if the token is shorter than 16 characters; the message does
   *     not show it
   */
  public static PreStopEndpoint withToken(GracefulShutdown shutdown, String token) {
    int length = requireNonNull(token, "token").strip().length();
    if (length < SHORTEST_TOKEN) {
      throw new IllegalArgumentException(
          "token: of " + length + " characters (expected: >= " + SHORTEST_TOKEN + ")");
    }
    return new PreStopEndpoint(shutdown, token.strip().getBytes(UTF_8));
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    if (!request.path().equals(PATH)) {
      return DrainEndpoint.json(404, "{\"status\":\"not found\"}");
    }
    if (!request.method().equals("GET") && !request.method().equals("POST")) {
      return DrainEndpoint.json(405, "{\"status\":\"method not allowed\"}")
          .with("Allow", "GET, POST");
    }
    if (!isAuthorised(request)) {
      return DrainEndpoint.json(403, "{\"status\":\"forbidden\"}");
    }
    begin();
    return DrainEndpoint.json(202, DrainJson.progress(shutdown.progress(), false));
  }

  private void begin() {
    try {
      CompletableFuture<DrainReport> unused = shutdown.shutdown("preStop");
    } catch (OutOfMemoryError e) {
      // No thread for it. SIGTERM still comes, and an endpoint never throws.
      log.error("the shutdown could not be begun", e);
    }
  }

  private boolean isAuthorised(EndpointRequest request) {
    return token == null ? isLoopback(request) : hasToken(request, token);
  }

  private static boolean hasToken(EndpointRequest request, byte[] token) {
    String header = request.header("Authorization");
    return header != null
        && header.toLowerCase(Locale.ROOT).startsWith(SCHEME)
        && MessageDigest.isEqual(token, header.substring(SCHEME.length()).strip().getBytes(UTF_8));
  }

  private static boolean isLoopback(EndpointRequest request) {
    return isLoopback(request.remoteAddress())
        && MARKS.stream().allMatch(mark -> request.header(mark) == null);
  }

  /** By its text, as servers give it: a name would have to be looked up. */
  static boolean isLoopback(@Nullable String address) {
    if (address == null) {
      return false;
    }
    String plain = address.toLowerCase(Locale.ROOT);
    if (plain.startsWith("[") && plain.endsWith("]")) {
      plain = plain.substring(1, plain.length() - 1);
    }
    int zone = plain.indexOf('%');
    if (zone >= 0) {
      plain = plain.substring(0, zone);
    }
    if (plain.startsWith("::ffff:")) {
      plain = plain.substring("::ffff:".length());
    }
    return plain.equals("::1")
        || plain.equals("0:0:0:0:0:0:0:1")
        || plain.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }
}
