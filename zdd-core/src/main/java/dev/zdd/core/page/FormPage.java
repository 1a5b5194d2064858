package dev.zdd.core.page;

import dev.zdd.core.http.EndpointResponse;
import java.time.Instant;

/**
 * A page on which something can be done: {@link Form}s beside what a status page shows, in the same
 * looks. It has no script and does not follow what happens: what somebody is filling in stays.
 *
 * <p>The browser is told to show it in no frame, to load nothing from anywhere, and to send its
 * forms to where it came from and nowhere else. Whether a form that comes was sent from this page,
 * and by somebody who may, is for who takes it to find out. Thread-safe.
 */
public final class FormPage {
  private FormPage() {}

  /**
   * A page as an answer.
   *
   * @param status the HTTP status
   * @param title its heading
   * @param content what it says: the badge and the headline first
   */
  public static EndpointResponse of(int status, String title, Content content) {
    return EndpointResponse.of(
            status, "text/html; charset=utf-8", PageHtml.form(title, content, Instant.now()))
        .with("Content-Security-Policy", Assets.FORM_POLICY)
        // Not "no-referrer": then a browser says "Origin: null" when it sends the form, by which it
        // cannot be told from one that another site has it send.
        .with("Referrer-Policy", "same-origin")
        .with("Cross-Origin-Opener-Policy", "same-origin")
        .with("X-Frame-Options", "DENY");
  }
}
