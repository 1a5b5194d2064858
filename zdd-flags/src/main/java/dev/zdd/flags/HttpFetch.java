package dev.zdd.flags;

import static java.util.Locale.ROOT;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Gets a document by HTTP/1.1, within a time that holds for all of it: every redirect, and the body
 * to its last byte. One thread at a time gets; any thread may close.
 *
 * <p>Follows redirects itself, since the JDK's client would give the caller's headers to whatever
 * host a server names. They go to the origin that was asked, and to the same host if it moves from
 * http to https.
 */
final class HttpFetch {
  private static final int MOST_REDIRECTS = 5;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  // RFC 9110, 8.8.3, without the bytes beyond ASCII that the client would not send back.
  private static final Pattern TAG = Pattern.compile("(W/)?\"[!#-~]{0,1000}\"");

  private final URI uri;
  private final Duration timeout;
  private final int maxBytes;
  private final Supplier<Map<String, String>> headers;
  // Null once closed: its threads, which are daemons, end when nobody has it any more.
  private volatile @Nullable HttpClient client;
  private volatile @Nullable CompletableFuture<?> asked;

  HttpFetch(
      HttpClient client,
      URI uri,
      Duration timeout,
      int maxBytes,
      Supplier<Map<String, String>> headers) {
    this.client = client;
    this.uri = uri;
    this.timeout = timeout;
    this.maxBytes = maxBytes;
    this.headers = headers;
  }

  /**
   * Asks for the document.
   *
   * @param tag that of the one that is there already; null if there is none
   * @throws IOException if there is no answer, in one line
   */
  HttpAnswer get(@Nullable String tag) throws IOException, InterruptedException {
    long end = System.nanoTime() + timeout.toNanos();
    Map<String, String> sent = headers.get();
    URI at = uri;
    for (int n = 0; n <= MOST_REDIRECTS; n++) {
      HttpResponse<byte[]> response = send(request(at, sent, tag), end);
      if (!REDIRECTS.contains(response.statusCode())) {
        return answer(response);
      }
      at = target(at, response.headers());
    }
    throw new IOException("more than " + MOST_REDIRECTS + " redirects");
  }

  /** Gives up what is being asked for, and asks for nothing any more. */
  void close() {
    client = null;
    // get() either sees that there is no client, or has shown here what it asks for.
    CompletableFuture<?> present = asked;
    if (present != null) {
      present.cancel(true);
    }
  }

  /** An address without what may be secret in it. */
  static String shown(URI uri) {
    if (uri.getHost() == null) {
      return uri.getScheme() + ":…";
    }
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return Quoted.line(uri.getScheme() + "://" + uri.getHost() + port + uri.getRawPath());
  }

  private HttpRequest request(URI at, Map<String, String> sent, @Nullable String tag)
      throws IOException {
    HttpRequest.Builder request = HttpRequest.newBuilder(at).header("Accept", "application/json");
    if (tag != null) {
      request.header("If-None-Match", tag);
    }
    if (isTrusted(at)) {
      for (Map.Entry<String, String> header : sent.entrySet()) {
        try {
          request.setHeader(header.getKey(), header.getValue());
        } catch (RuntimeException e) { // whose message has the value, which is secret
          throw new IOException(
              "headers: " + Quoted.of(header.getKey()) + " (expected: one that may be sent)");
        }
      }
    }
    return request.build();
  }

  private HttpResponse<byte[]> send(HttpRequest request, long end)
      throws IOException, InterruptedException {
    HttpClient open = client;
    if (open == null) {
      throw new IOException("closed");
    }
    CompletableFuture<HttpResponse<byte[]>> asking =
        open.sendAsync(
            request,
            head ->
                head.statusCode() == 200
                    ? new BoundedBody(maxBytes)
                    : BodySubscribers.replacing(new byte[0]));
    asked = asking;
    if (client == null) {
      asking.cancel(true);
    }
    try {
      return asking.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new IOException("no whole answer within " + timeout, e);
    } catch (CancellationException e) {
      throw new IOException("given up", e);
    } catch (ExecutionException e) {
      throw new IOException("no answer: " + told(e.getCause()), e);
    } finally {
      asked = null;
      asking.cancel(true); // hangs up; no effect after an answer
    }
  }

  private static HttpAnswer answer(HttpResponse<byte[]> response) throws IOException {
    HttpHeaders head = response.headers();
    String encoding = head.firstValue("Content-Encoding").orElse("identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new IOException(
          "Content-Encoding: " + Quoted.of(encoding) + " (expected: none, as none was asked for)");
    }
    return new HttpAnswer(
        response.statusCode(),
        head.firstValue("ETag").filter(tag -> TAG.matcher(tag).matches()).orElse(null),
        response.body(),
        RetryAfter.parse(head.firstValue("Retry-After").orElse(null), Instant.now()));
  }

  private static URI target(URI from, HttpHeaders head) throws IOException {
    String location = head.firstValue("Location").orElse("");
    URI to;
    try {
      to = from.resolve(location);
    } catch (IllegalArgumentException e) {
      throw new IOException("a redirect to what is no address", e);
    }
    String scheme = String.valueOf(to.getScheme()).toLowerCase(ROOT);
    boolean allowed = scheme.equals("https") || (scheme.equals("http") && !isSecure(from));
    if (location.isEmpty() || to.getHost() == null || !allowed) {
      throw new IOException(
          "a redirect to "
              + shown(to)
              + " (expected: "
              + (isSecure(from) ? "https" : "http or https")
              + ")");
    }
    return to;
  }

  private boolean isTrusted(URI at) {
    if (!at.getHost().equalsIgnoreCase(uri.getHost())) {
      return false;
    }
    return at.getScheme().equalsIgnoreCase(uri.getScheme()) ? port(at) == port(uri) : isSecure(at);
  }

  private static boolean isSecure(URI uri) {
    return uri.getScheme().equalsIgnoreCase("https");
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : isSecure(uri) ? 443 : 80;
  }

  // The first in the chain that has something to say; of a refused connection the client says
  // nothing but the classes.
  private static String told(@Nullable Throwable thrown) {
    List<String> classes = new ArrayList<>();
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      String name = each.getClass().getSimpleName();
      String message = each.getMessage();
      if (message != null) {
        return name + ": " + Quoted.line(message);
      }
      classes.add(name);
    }
    return classes.stream().distinct().collect(Collectors.joining(", "));
  }
}
