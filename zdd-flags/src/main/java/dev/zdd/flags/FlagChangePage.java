package dev.zdd.flags;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.BodyReader;
import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import dev.zdd.core.http.FormFields;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A page on which people turn a flag off and on and set its percentage, each time with a reason.
 * There is none unless the application makes it, with an admin of what is changed, and a decision
 * who may; everybody else gets 403.
 *
 * <pre>{@code
 * FlagChangePage change = FlagChangePage.at("/flags", admin, request -> nameOfAnAdministrator(request));
 * StatusPage page = StatusPage.at("/status", "shop", health.section(), FlagsSection.of(flags, change));
 * }</pre>
 *
 * <p>It reads the store at each look, and shows what that holds; the process follows as its source
 * does. A change goes through {@link FlagAdmin} and expects the revision that the page was made of:
 * if anything else was written meanwhile the answer is 409 and says what has become of the flag,
 * and nothing is written. What was written is answered with 303, so that a reload of the page does
 * not write again. Works without JavaScript, and has none.
 *
 * <p>It takes a POST of {@code application/x-www-form-urlencoded} of up to {@value #MOST_BYTES}
 * bytes (else 415, 413), and only one that the browser says was sent from here: {@code
 * Sec-Fetch-Site} has to be "same-origin" or, if it is missing, {@code Origin} of the same host as
 * {@code Host}; a proxy has to leave {@code Host} as it was, or the page be behind TLS. The page is
 * shown in no frame and allows no other origin to read it.
 *
 * <p>Thread-safe. It waits for the store on threads of its own, two at most, and so needs a server
 * that can answer later ({@link Endpoint#later}): an {@code EndpointServlet} needs {@code
 * asyncSupported}. Without that it says so, with 503.
 */
public final class FlagChangePage implements Endpoint {
  static final int MOST_BYTES = 8_192;

  private static final Logger log = LoggerFactory.getLogger(FlagChangePage.class);
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~-]+)+");

  private final String path;
  private final FlagAuthorisation authorisation;
  private final @Nullable String challenge;
  private final FlagChanges changes;
  private final Executor threads;

  private FlagChangePage(
      String path,
      FlagAuthorisation authorisation,
      @Nullable String challenge,
      FlagChanges changes,
      Executor threads) {
    this.path = path;
    this.authorisation = authorisation;
    this.challenge = challenge;
    this.changes = changes;
    this.threads = threads;
  }

  /**
   * A page.
   *
   * @param path where it is, below the application's root: "/flags". The list of all flags; each
   *     has its own at "/flags?flag=KEY"
   * @param admin of the flags that are changed
   * @param authorisation who may, and who that is
   */
  public static FlagChangePage at(String path, FlagAdmin admin, FlagAuthorisation authorisation) {
    if (!PATH.matcher(path).matches()) {
      throw new IllegalArgumentException(
          "path: " + Quoted.of(path) + " (expected: as /flags, of letters, digits and . _ ~ - /)");
    }
    return new FlagChangePage(
        path,
        requireNonNull(authorisation, "authorisation"),
        null,
        new FlagChanges(requireNonNull(admin, "admin")),
        PageThreads.create());
  }

  /**
   * This page, but answering those who may not with 401 and this {@code WWW-Authenticate}: {@code
   * Basic realm="flags"} has a browser ask for name and password. By default it is 403.
   */
  public FlagChangePage challenging(String challenge) {
    return new FlagChangePage(
        path, authorisation, requireNonNull(challenge, "challenge"), changes, threads);
  }

  /**
   * The way from the page that was asked for to any flag's page, whose key has to be added, escaped
   * as in a query; null for who may not change flags.
   */
  @Nullable String way(EndpointRequest from) {
    if (who(from) == null) {
      return null;
    }
    long below = from.path().chars().filter(c -> c == '/').count() - 1;
    String up = below <= 0 ? "./" : "../".repeat((int) below);
    return up + path.substring(1) + "?" + FlagChanges.FLAG;
  }

  /** Only refusals: all else takes time. */
  @Override
  public EndpointResponse handle(EndpointRequest request) {
    if (!request.path().equals(path)) {
      return EndpointResponse.of(404, "text/plain; charset=utf-8", "not found\n");
    }
    boolean isPost = request.method().equals("POST");
    if (!request.isRead() && !isPost) {
      return EndpointResponse.of(405, "text/plain; charset=utf-8", "method not allowed\n")
          .with("Allow", "GET, HEAD, POST");
    }
    String foreign = isPost ? SameOrigin.problem(request) : null;
    if (foreign != null) {
      return FlagChangeView.refusal(403, "not from here", foreign);
    }
    if (who(request) == null) {
      return challenge == null
          ? FlagChangeView.refusal(403, "not allowed", "You may not change flags here.")
          : FlagChangeView.refusal(401, "not allowed", "Say who you are.")
              .with("WWW-Authenticate", challenge);
    }
    String type = request.header("Content-Type");
    if (isPost && !FormFields.isType(type)) {
      return FlagChangeView.refusal(
          415,
          "not a form",
          "Content-Type: "
              + (type == null ? "missing" : Quoted.of(type))
              + " (expected: application/x-www-form-urlencoded)");
    }
    return FlagChangeView.refusal(
        503,
        "not here",
        "The server that shows this page cannot answer later (expected: an EndpointServlet with"
            + " asyncSupported, and so all filters before it).");
  }

  @Override
  public @Nullable CompletableFuture<EndpointResponse> later(EndpointRequest request) {
    String who = request.path().equals(path) && request.isRead() ? who(request) : null;
    if (who == null) {
      return null;
    }
    String query = request.query();
    return work(() -> changes.show(query, who));
  }

  @Override
  public @Nullable BodyReader bodyReader(EndpointRequest request) {
    if (!request.path().equals(path)
        || !request.method().equals("POST")
        || SameOrigin.problem(request) != null
        || !FormFields.isType(request.header("Content-Type"))) {
      return null;
    }
    String who = who(request);
    return who == null ? null : new Reader(request.query(), who);
  }

  private @Nullable String who(EndpointRequest request) {
    try {
      return authorisation.who(request);
    } catch (RuntimeException e) {
      log.error("the authorisation of {} failed: refused", path, e);
      return null;
    }
  }

  private CompletableFuture<EndpointResponse> work(Supplier<EndpointResponse> work) {
    try {
      return CompletableFuture.supplyAsync(work, threads);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.completedFuture(
          FlagChangeView.refusal(
              503, "busy", "The store does not keep up. Nothing was written; try again."));
    }
  }

  private final class Reader implements BodyReader {
    private final @Nullable String query;
    private final String who;

    Reader(@Nullable String query, String who) {
      this.query = query;
      this.who = who;
    }

    @Override
    public int maxBytes() {
      return MOST_BYTES;
    }

    @Override
    public CompletableFuture<EndpointResponse> answer(byte[] body) {
      return work(() -> changes.make(query, body, who));
    }

    @Override
    public EndpointResponse tooLong() {
      return FlagChangeView.refusal(
          413, "too long", "The form is too long (expected: up to " + MOST_BYTES + " bytes).");
    }
  }
}
