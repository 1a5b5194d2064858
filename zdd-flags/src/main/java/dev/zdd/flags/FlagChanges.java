package dev.zdd.flags;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.zdd.core.http.EndpointResponse;
import dev.zdd.core.http.FormFields;
import java.io.IOException;
import java.net.URLEncoder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a {@link FlagChangePage} does with one who may: shows, and changes. Blocks. */
final class FlagChanges {
  private static final Logger log = LoggerFactory.getLogger(FlagChanges.class);

  /** The query of a flag's page begins like this; the key follows. */
  static final String FLAG = "flag=";

  private final FlagAdmin admin;

  FlagChanges(FlagAdmin admin) {
    this.admin = admin;
  }

  /** The query of a flag's page. */
  static String query(String key) {
    return FLAG + escaped(key);
  }

  static String escaped(String key) {
    return URLEncoder.encode(key, UTF_8);
  }

  /** All flags, or one. */
  EndpointResponse show(@Nullable String query, String who) {
    return answered(() -> {
      FormFields asked = FormFields.parse(query == null ? "" : query);
      FlagChangeView view = new FlagChangeView(admin, admin.read(), who);
      String key = asked.get("flag");
      return key == null ? view.list() : view.flag(key, asked.get("done"));
    });
  }

  /** Does what a form says. */
  EndpointResponse make(@Nullable String query, byte[] body, String who) {
    return answered(() -> {
      String key = FormFields.parse(query == null ? "" : query).get("flag");
      if (key == null) {
        throw new IllegalArgumentException("flag: missing in the query (expected: flag=KEY)");
      }
      return make(key, FlagChangeForm.of(FormFields.parse(body)), who);
    });
  }

  private EndpointResponse make(String key, FlagChangeForm form, String who)
      throws IOException, InterruptedException {
    PresentFlags present = admin.read();
    FlagChangeView view = new FlagChangeView(admin, present, who);
    // Before anything else: what was typed for a flag that has changed is to be thought over.
    if (!present.revision().equals(form.expected())) {
      return view.conflict(key, form);
    }
    ChangeOutcome outcome;
    try {
      outcome = change(key, form, new FlagChange(who, form.why()));
    } catch (IllegalArgumentException e) {
      return view.wrong(key, form, String.valueOf(e.getMessage()));
    }
    if (outcome instanceof ChangeOutcome.Changed changed) {
      return new EndpointResponse(
          303,
          List.of(
              new EndpointResponse.Header(
                  "Location", "?" + query(key) + "&done=" + changed.revision().version()),
              new EndpointResponse.Header("Cache-Control", "no-store")),
          new byte[0]);
    }
    return new FlagChangeView(admin, admin.read(), who).conflict(key, form);
  }

  private ChangeOutcome change(String key, FlagChangeForm form, FlagChange change)
      throws IOException, InterruptedException {
    return switch (form.action()) {
      case OFF -> admin.setEnabled(key, false, form.expected(), change);
      case ON -> admin.setEnabled(key, true, form.expected(), change);
      case PERCENTAGE ->
          admin.setPercentage(key, Percentage.parse(form.percentage()), form.expected(), change);
    };
  }

  private interface Answer {
    EndpointResponse get() throws IOException, InterruptedException;
  }

  private static EndpointResponse answered(Answer answer) {
    try {
      return answer.get();
    } catch (IllegalArgumentException e) {
      return FlagChangeView.refusal(
          400, "not understood", e.getMessage() + ". Nothing was written.");
    } catch (FlagWriteUnknownException e) {
      return FlagChangeView.unknown(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      return FlagChangeView.refusal(503, "no answer", "Nothing was written: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return FlagChangeView.unknown("interrupted");
    } catch (RuntimeException e) {
      log.error("the page of flags failed", e);
      return FlagChangeView.refusal(500, "failed", "This failed, and the log says why.");
    }
  }
}
