package dev.zdd.core.page;

import static java.util.Objects.requireNonNull;

import dev.zdd.core.http.EndpointRequest;
import java.util.function.Function;

/**
 * What one part of the process tells on a page.
 *
 * <p>Called on a request thread or on an event loop, by many threads at once: it reads what is
 * known and never blocks. It gets the request because it may depend on who asks what is shown. If
 * it throws, the page says so in its place, and the log why.
 */
public interface Section {
  /** Its heading, always the same. */
  String title();

  /** What there is to tell at this moment to who sent {@code request}. */
  Content content(EndpointRequest request);

  /** A section from a function. */
  static Section of(String title, Function<? super EndpointRequest, Content> content) {
    requireNonNull(title, "title");
    requireNonNull(content, "content");
    return new Section() {
      @Override
      public String title() {
        return title;
      }

      @Override
      public Content content(EndpointRequest request) {
        return content.apply(request);
      }
    };
  }
}
